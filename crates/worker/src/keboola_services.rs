//! Where the other services of a stack are: asked once a worker's life.

use std::cell::RefCell;
use std::collections::BTreeMap;

use keboola::page::StackHost;
use keboola::{Service, Services};
use webext::fetch::Fetch;

thread_local! {
    static KNOWN: RefCell<BTreeMap<String, Services>> = const { RefCell::new(BTreeMap::new()) };
}

/// The URL of a service, without a slash at its end. A stack that does not tell has it where
/// convention puts it.
pub(crate) async fn url(stack: &StackHost, service: Service) -> String {
    let known = KNOWN.with_borrow(|known| known.get(stack.as_str()).cloned());
    let services = match known {
        Some(services) => services,
        None => match Services::discover(&Fetch, stack).await {
            Ok(services) => {
                let own = services.clone();
                KNOWN.with_borrow_mut(|known| known.insert(stack.as_str().to_owned(), own));
                services
            }
            Err(_) => Services::by_convention(stack),
        },
    };
    services.url(service)
}
