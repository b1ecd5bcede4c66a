// Starts the service worker. Listeners are registered before the wasm is awaited: a worker that is
// woken by a message would otherwise lose that message.
import init, { detect, handle } from './wasm/worker.js';

const ready = init({ module_or_path: 'wasm/worker_bg.wasm' });

const answers = {
  // A call of panel, popup or engine; see the crate `messages`.
  worker: async (message, sender) => {
    await ready;
    return handle(message, sender);
  },
  // The content script's wasm, as bytes: so that it need not be web accessible.
  'content-wasm': async () => {
    const file = await fetch(chrome.runtime.getURL('content/content_bg.wasm'));
    return file.arrayBuffer();
  },
  // The same detection for a page whose CSP refuses wasm.
  detect: async (_message, sender) => {
    await ready;
    return detect(sender);
  },
};

chrome.runtime.onMessage.addListener((message, sender, reply) => {
  const answer = Object.hasOwn(answers, message?.to) ? answers[message.to] : undefined;
  if (!answer || sender.id !== chrome.runtime.id) return false;
  answer(message, sender).then(reply, (error) => {
    console.error('worker:', message.to, error);
    reply(undefined);
  });
  return true;
});
