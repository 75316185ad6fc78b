// Makes every call of the unmodified JavaScript client against the sandbox at argv[2] and prints what came back as JSON.
// Requests are pointed at the sandbox by the client's own middleware, or by its proxy mode.

import { createFalClient } from "@fal-ai/client";

const sandbox = process.argv[2];
const credentials = "sandbox:secret";
const endpoint = "fal-ai/flux/schnell";
const input = { prompt: "a fox", image_size: { width: 64, height: 64 }, seed: 7 };

const pathOfHost = { "fal.run": "/sync", "queue.fal.run": "", "rest.fal.ai": "" };

function redirect(request) {
  const url = new URL(request.url);
  return Promise.resolve({ ...request, url: `${sandbox}${pathOfHost[url.hostname]}${url.pathname}${url.search}` });
}

async function collect(stream) {
  const events = [];
  for await (const event of stream) {
    events.push(event);
  }
  return events;
}

async function failureOf(promise) {
  try {
    await promise;
    return null;
  } catch (error) {
    return { name: error.name, status: error.status, body: error.body, requestId: error.requestId };
  }
}

async function callEverything(fal) {
  const answers = {};
  answers.submitted = await fal.queue.submit(endpoint, { input, priority: "low", hint: "h", startTimeout: 30 });
  const requestId = answers.submitted.request_id;
  answers.statusEvents = await collect(await fal.queue.streamStatus(endpoint, { requestId, logs: true }));
  answers.status = await fal.queue.status(endpoint, { requestId, logs: true });
  answers.result = await fal.queue.result(endpoint, { requestId });
  answers.lateCancel = await failureOf(fal.queue.cancel(endpoint, { requestId }));
  const seen = [];
  answers.polled = await fal.subscribe(endpoint, {
    input,
    logs: true,
    pollInterval: 50,
    onQueueUpdate: (update) => seen.push(update.status),
  });
  answers.polledUpdates = seen;
  answers.streamed = await fal.subscribe(endpoint, { input, mode: "streaming" });
  answers.ran = await fal.run(endpoint, { input });
  const stream = await fal.stream(endpoint, { input });
  answers.streamEvents = await collect(stream);
  answers.streamDone = await stream.done();
  const stalled = await fal.queue.submit(endpoint, { input: { ...input, prompt: "[fault:never_complete]" } });
  await fal.queue.cancel(endpoint, { requestId: stalled.request_id });
  answers.cancelled = await fal.queue.status(endpoint, { requestId: stalled.request_id });
  answers.refused = await failureOf(fal.subscribe(endpoint, { input: { ...input, num_images: 9 }, pollInterval: 50 }));
  answers.uploadUrl = await fal.storage.upload(new File(["hello"], "a b.txt", { type: "text/plain" }));
  return answers;
}

const direct = createFalClient({ credentials, requestMiddleware: redirect });
const proxied = createFalClient({ proxyUrl: { url: `${sandbox}/proxy`, when: "always" } });

console.log(JSON.stringify({ direct: await callEverything(direct), proxied: await callEverything(proxied) }));
