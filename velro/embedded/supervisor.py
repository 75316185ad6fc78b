"""Keeps the processes of a copy running until it is told to stop, then stops them in good order."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from velro.embedded.children import Child, ProcessPlan
from velro.embedded.output import Output
from velro.embedded.problems import CopyProblem
from velro.embedded.restarts import DeathRecord, RestartPolicy

READY_SECONDS = 120
PROBE_SECONDS = 0.1
SERVERS_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every process of a run shares."""

    run_id: str
    environment: Mapping[str, str]
    output: Output


class Supervisor:
    """Runs steps to their end, and processes until `request_stop`, starting again what dies by itself."""

    def __init__(self, surroundings: Surroundings, *, policy: RestartPolicy | None = None) -> None:
        self._surroundings = surroundings
        self._policy = policy or RestartPolicy()
        self._children: dict[str, Child] = {}
        self._stop = asyncio.Event()
        self._hurry = asyncio.Event()

    def request_stop(self) -> None:
        """Stop in good order; asked a second time, at once."""
        if self._stop.is_set():
            self._hurry.set()
        else:
            self._surroundings.output.say("Stopping (once more to hurry) ...")
            self._stop.set()

    async def run_steps(self, steps: Sequence[ProcessPlan]) -> None:
        """Run each step to its end; raise CopyProblem when one fails, return early when the end is asked for."""
        for step in steps:
            if not self._stop.is_set():
                await self._run_step(step)

    async def run_processes(
        self, plans: Sequence[ProcessPlan], *, announce: Callable[[], None], revive_servers: Callable[[], list[str]]
    ) -> None:
        """Keep the processes running until the end is asked for; `announce` is called once all are healthy."""
        if self._stop.is_set():
            return
        self._surroundings.output.say("Starting the processes ...")
        tasks = [asyncio.create_task(self._keep_running(plan)) for plan in plans]
        tasks.append(asyncio.create_task(self._keep_servers(revive_servers)))
        readiness = asyncio.create_task(self._announce_when_ready(plans, announce=announce))
        try:
            await self._until_stop(readiness, *tasks)
            await self._until_stop(*tasks)
        finally:
            for task in [*tasks, readiness]:
                task.cancel()
            await asyncio.gather(*tasks, readiness, return_exceptions=True)
            await self._stop_children()

    async def _run_step(self, step: ProcessPlan) -> None:
        self._surroundings.output.say(f"  {step.name} ...")
        child = await self._start(step)
        finished = asyncio.create_task(child.wait())
        await self._until_stop(finished)
        if not finished.done():
            await child.stop(hurry=self._hurry)
        elif finished.result() != 0:
            raise CopyProblem(f"{step.name} failed with exit code {finished.result()}; its output is above.")

    async def _until_stop(self, *tasks: asyncio.Task[int] | asyncio.Task[None]) -> None:
        """Return when the first task ends (raising what it raised) or the end is asked for."""
        stop = asyncio.create_task(self._stop.wait())
        try:
            done, _ = await asyncio.wait({stop, *tasks}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stop.cancel()
        for task in done - {stop}:
            task.result()

    async def _start(self, plan: ProcessPlan) -> Child:
        around = self._surroundings
        child = Child(plan, run_id=around.run_id, environment=around.environment, output=around.output)
        self._children[plan.name] = child
        await child.start()
        return child

    async def _keep_running(self, plan: ProcessPlan) -> None:
        deaths = DeathRecord(self._policy)
        while True:
            child = await self._start(plan)
            code = await child.wait()
            wait = self._wait_after_death(plan.name, deaths)
            self._surroundings.output.say(f"{plan.name} ended with exit code {code}; starting it again in {wait:g} s.")
            await asyncio.sleep(wait)

    async def _keep_servers(self, revive_servers: Callable[[], list[str]]) -> None:
        deaths: dict[str, DeathRecord] = defaultdict(lambda: DeathRecord(self._policy))
        while True:
            await asyncio.sleep(SERVERS_SECONDS)
            for name in revive_servers():
                self._surroundings.output.say(f"{name} had ended and was started again.")
                await asyncio.sleep(self._wait_after_death(name, deaths[name]))

    def _wait_after_death(self, name: str, deaths: DeathRecord) -> float:
        wait = deaths.wait_after_death(now=asyncio.get_running_loop().time())
        if wait is None:
            raise CopyProblem(f"{name} keeps dying ({self._policy.deaths} times by now); its output says why.")
        return wait

    async def _announce_when_ready(self, plans: Sequence[ProcessPlan], *, announce: Callable[[], None]) -> None:
        waiting = {plan.name: plan.probe for plan in plans if plan.probe}
        try:
            async with asyncio.timeout(READY_SECONDS):
                while waiting:
                    healthy = [name for name, probe in waiting.items() if await probe()]
                    for name in healthy:
                        del waiting[name]
                        self._surroundings.output.say(f"  {name} is up")
                    await asyncio.sleep(PROBE_SECONDS)
        except TimeoutError:
            names = " and ".join(waiting)
            raise CopyProblem(f"Not ready after {READY_SECONDS} s: {names}. What they said is above.") from None
        announce()

    async def _stop_children(self) -> None:
        children = sorted(self._children.values(), key=lambda child: child.plan.stop_order)
        for _, group in groupby(children, key=lambda child: child.plan.stop_order):
            await asyncio.gather(*(child.stop(hurry=self._hurry) for child in group))
