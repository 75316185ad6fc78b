"""From a file on FAL's media hosts to an asset of ours: fetched, checked, pictured, stored, and linked to."""
