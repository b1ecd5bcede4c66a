// Starts the engine in the offscreen document. Listeners are registered before the wasm is awaited.
import init, { connected, handle } from './wasm/engine.js';

const ready = init({ module_or_path: 'wasm/engine_bg.wasm' });

// A content script's messages come with its page's origin; the service worker's come without any.
const isOwn = (sender) =>
  sender?.id === chrome.runtime.id &&
  (sender.origin === location.origin || (!sender.origin && !sender.tab));

chrome.runtime.onMessage.addListener((message, sender, reply) => {
  if (message?.to !== 'engine' || !isOwn(sender)) return false;
  ready
    .then(() => handle(message))
    .then(reply, (error) => {
      console.error('engine:', error);
      reply(undefined);
    });
  return true;
});

chrome.runtime.onConnect.addListener((port) => {
  if (port.name === 'engine-events' && isOwn(port.sender)) ready.then(() => connected(port));
});
