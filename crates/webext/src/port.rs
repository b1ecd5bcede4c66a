//! Ports: the engine's events on their way to panel and popup.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::JsString;
use wasm_bindgen::prelude::*;

use crate::chrome::{self, Port};
use crate::runtime::object;

/// A port that is listened on. Dropping it disconnects, and no listener is called any more.
pub struct PortGuard {
    port: Port,
    _on_message: Closure<dyn FnMut(JsValue)>,
    _on_disconnect: Closure<dyn FnMut()>,
}

impl std::fmt::Debug for PortGuard {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("PortGuard")
    }
}

impl Drop for PortGuard {
    fn drop(&mut self) {
        self.port.disconnect();
    }
}

/// Connects to the port `name` and hands every message to `on_message`; `on_close` is called once
/// when the other end goes away.
///
/// # Errors
/// When the extension was reloaded under a page that still shows the old one; in Chrome's words.
pub fn listen(
    name: &str,
    mut on_message: impl FnMut(String) + 'static,
    on_close: impl FnMut() + 'static,
) -> Result<PortGuard, String> {
    let port = chrome::connect(&object(&[("name", name.into())]))
        .map_err(|error| crate::runtime::describe(&error))?;
    let on_message = Closure::<dyn FnMut(JsValue)>::new(move |message: JsValue| {
        if let Some(text) = message.as_string() {
            on_message(text);
        }
    });
    let on_disconnect = Closure::<dyn FnMut()>::new(on_close);
    port.on_message().add_listener(on_message.as_ref());
    port.on_disconnect().add_listener(on_disconnect.as_ref());
    Ok(PortGuard {
        port,
        _on_message: on_message,
        _on_disconnect: on_disconnect,
    })
}

/// Everyone that listens to the engine.
#[derive(Clone, Default)]
pub struct Listeners(Rc<RefCell<Vec<Port>>>);

impl std::fmt::Debug for Listeners {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Listeners({})", self.0.borrow().len())
    }
}

impl Listeners {
    /// Sends `first` to a new listener, in order, and then every later message.
    pub fn add(&self, port: Port, first: &[String]) {
        if first
            .iter()
            .all(|message| port.post_message(&JsString::from(message.as_str())).is_ok())
        {
            self.0.borrow_mut().push(port);
        }
    }

    /// Whether anybody listens: what nobody hears need not be written down.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.borrow().is_empty()
    }

    /// Sends a message to everyone. A port whose other end is gone throws, and is dropped.
    pub fn send(&self, message: &str) {
        let message = JsString::from(message);
        self.0
            .borrow_mut()
            .retain(|port| port.post_message(&message).is_ok());
    }
}
