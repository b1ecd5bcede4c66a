// Starts the engine in the offscreen document. Listeners are registered before the wasm is awaited.
import init, { connected, handle } from './wasm/engine.js';

const ready = init({ module_or_path: 'wasm/engine_bg.wasm' });

chrome.runtime.onMessage.addListener((message, sender, reply) => {
  const own = sender.id === chrome.runtime.id && sender.origin === location.origin;
  if (message?.to !== 'engine' || !own) return false;
  ready
    .then(() => handle(message))
    .then(reply, (error) => {
      console.error('engine:', error);
      reply(undefined);
    });
  return true;
});

chrome.runtime.onConnect.addListener((port) => {
  const own = port.sender?.id === chrome.runtime.id && port.sender.origin === location.origin;
  if (port.name === 'engine-events' && own) ready.then(() => connected(port));
});
