"""What each cache tier was worth, by the hour: mv_cache_performance_analytics."""

from typing import Final

from velro.caching.materialized_views import MaterializedView

# Processes of one minute are added up first, for the bytes that all of them held at once. The median of an hour is the
# mean of the medians, weighted by look-ups; of the 95th percentiles the worst is kept, which overstates.
CACHE_PERFORMANCE: Final = MaterializedView(
    "mv_cache_performance_analytics",
    """
SELECT tier, date_trunc('hour', minute, 'UTC') AS hour,
       sum(hits)::bigint AS hits, sum(misses)::bigint AS misses,
       (sum(hits) / nullif(sum(hits) + sum(misses), 0))::double precision AS hit_rate,
       sum(fills)::bigint AS fills, sum(evictions)::bigint AS evictions,
       max(entries)::bigint AS most_entries, max(bytes)::bigint AS most_bytes,
       (sum(weighted_p50) / nullif(sum(timed), 0))::double precision AS lookup_p50_us,
       max(lookup_p95_us) AS lookup_p95_us
  FROM (
       SELECT tier, minute, sum(hits) AS hits, sum(misses) AS misses, sum(fills) AS fills,
              sum(evictions) AS evictions, sum(entries) AS entries, sum(bytes) AS bytes,
              sum(lookup_p50_us * (hits + misses)) AS weighted_p50,
              sum(hits + misses) FILTER (WHERE lookup_p50_us IS NOT NULL) AS timed,
              max(lookup_p95_us) AS lookup_p95_us
         FROM caching_cachesample
        GROUP BY tier, minute
       ) AS minutes
 GROUP BY 1, 2
""",
    key=("tier", "hour"),
    indexes=(("hour", "tier"),),
)
