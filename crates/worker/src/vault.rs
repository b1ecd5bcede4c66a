//! The vault: the only reader of keys, tokens and entered secrets.
//!
//! Every item is sealed with AES-256-GCM under one data key, and the ciphertext lies in
//! `chrome.storage.session` (memory, gone with the browser). The data key lies there too, but only
//! wrapped by a WebCrypto key that cannot be read out and lives in IndexedDB
//! ([`webext::wrapping_key`]): a copy of either store alone opens nothing. What this does not
//! protect from is code that runs inside the extension; the extension's CSP is there for that.
//!
//! Invariant: only this crate opens the vault, and no reply carries what is in it.

use std::rc::Rc;

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::lock::Mutex;
use messages::{Problem, ProblemCode};
use webext::storage::Area;
use webext::wrapping_key::WrappingKey;
use zeroize::Zeroizing;

/// Where the wrapped data key lies.
const DATA_KEY: &str = "vault/key";
/// What the names of items begin with.
const ITEM: &str = "vault/item/";
/// Bytes of an AES-GCM nonce.
const NONCE: usize = 12;

type DataKey = Rc<Zeroizing<[u8; 32]>>;

thread_local! {
    // The lock makes two first calls agree on one data key.
    static KEY: Rc<Mutex<Option<DataKey>>> = Rc::default();
}

/// The open vault.
pub(crate) struct Vault(Aes256Gcm);

impl Vault {
    /// Opens the vault of this browser session; starts an empty one when there is none.
    pub(crate) async fn open() -> Result<Self, Problem> {
        let slot = KEY.with(Rc::clone);
        let mut slot = slot.lock().await;
        let key = match slot.as_ref() {
            Some(key) => key.clone(),
            None => slot.insert(load_or_begin().await?).clone(),
        };
        Aes256Gcm::new_from_slice(key.as_slice())
            .map(Self)
            .map_err(|_| broken("data key"))
    }

    /// Keeps `secret` under `name`.
    pub(crate) async fn put(&self, name: &str, secret: &str) -> Result<(), Problem> {
        let mut nonce = [0_u8; NONCE];
        fill_random(&mut nonce)?;
        // The name is authenticated with the text: an item moved under another name does not open.
        let payload = Payload {
            msg: secret.as_bytes(),
            aad: name.as_bytes(),
        };
        let sealed = self
            .0
            .encrypt(&Nonce::from(nonce), payload)
            .map_err(|_| broken("sealing"))?;
        let text = STANDARD.encode([nonce.as_slice(), &sealed].concat());
        Area::Session
            .write(&format!("{ITEM}{name}"), &text)
            .await
            .map_err(|error| broken(&error.to_string()))
    }

    /// What is kept under `name`. An item that does not open counts as none.
    pub(crate) async fn get(&self, name: &str) -> Result<Option<Zeroizing<String>>, Problem> {
        let text = Area::Session
            .read(&format!("{ITEM}{name}"))
            .await
            .map_err(|error| broken(&error.to_string()))?;
        Ok(text.and_then(|text| self.unseal(name, &text)))
    }

    fn unseal(&self, name: &str, text: &str) -> Option<Zeroizing<String>> {
        let bytes = STANDARD.decode(text).ok()?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE>()?;
        let payload = Payload {
            msg: sealed,
            aad: name.as_bytes(),
        };
        let plain = self.0.decrypt(&Nonce::from(*nonce), payload).ok()?;
        String::from_utf8(plain).ok().map(Zeroizing::new)
    }

    /// Drops what is kept under `name`.
    pub(crate) async fn remove(&self, name: &str) -> Result<(), Problem> {
        let key = format!("{ITEM}{name}");
        Area::Session
            .remove(&[&key])
            .await
            .map_err(|error| broken(&error.to_string()))
    }

    /// The names of all items that begin with `prefix`.
    pub(crate) async fn names(&self, prefix: &str) -> Result<Vec<String>, Problem> {
        let all = Area::Session
            .read_all()
            .await
            .map_err(|error| broken(&error.to_string()))?;
        let prefix = format!("{ITEM}{prefix}");
        Ok(all
            .into_iter()
            .filter(|(key, _)| key.starts_with(&prefix))
            .filter_map(|(key, _)| key.strip_prefix(ITEM).map(str::to_owned))
            .collect())
    }
}

async fn load_or_begin() -> Result<DataKey, Problem> {
    match load().await {
        Some(key) => Ok(key),
        None => begin().await,
    }
}

/// The data key of this browser session, if there is one that opens.
async fn load() -> Option<DataKey> {
    let wrapped = Area::Session.read(DATA_KEY).await.ok().flatten()?;
    let wrapped = STANDARD.decode(wrapped).ok()?;
    let plain = Zeroizing::new(
        WrappingKey::load()
            .await
            .ok()
            .flatten()?
            .unwrap(&wrapped)
            .await
            .ok()?,
    );
    let key: [u8; 32] = plain.as_slice().try_into().ok()?;
    Some(Rc::new(Zeroizing::new(key)))
}

/// A new vault. The wrapping key of an earlier browser session is replaced, so nothing that it ever
/// wrapped can be opened again.
async fn begin() -> Result<DataKey, Problem> {
    let wrapping = WrappingKey::replace()
        .await
        .map_err(|error| broken(&error.to_string()))?;
    let mut key = Zeroizing::new([0_u8; 32]);
    fill_random(key.as_mut_slice())?;
    let wrapped = wrapping
        .wrap(key.as_slice())
        .await
        .map_err(|error| broken(&error.to_string()))?;
    Area::Session
        .write(DATA_KEY, &STANDARD.encode(wrapped))
        .await
        .map_err(|error| broken(&error.to_string()))?;
    Ok(Rc::new(key))
}

pub(crate) fn fill_random(bytes: &mut [u8]) -> Result<(), Problem> {
    getrandom::fill(bytes).map_err(|error| broken(&error.to_string()))
}

fn broken(what: &str) -> Problem {
    Problem::with(ProblemCode::Internal, format!("vault: {what}"))
}

#[cfg(test)]
mod tests {
    use wasm_bindgen::prelude::*;
    use wasm_bindgen_test::*;

    use super::*;

    wasm_bindgen_test_configure!(run_in_browser);

    // The browser's own session storage, as far as the vault uses it.
    #[wasm_bindgen(inline_js = "
        export function install_storage() {
            globalThis.items ??= new Map();
            items.clear();
            globalThis.chrome ??= {};
            globalThis.chrome.storage ??= {};
            if (chrome.storage.session) return;
            Object.assign(globalThis.chrome.storage, { session: {
                get: async (key) => key === null
                    ? Object.fromEntries(items)
                    : items.has(key) ? { [key]: items.get(key) } : {},
                set: async (all) => { for (const [k, v] of Object.entries(all)) items.set(k, v); },
                remove: async (keys) => { for (const k of keys) items.delete(k); },
            } });
        }
        export async function stored() {
            return JSON.stringify(await chrome.storage.session.get(null));
        }
        export async function rename(from, to) {
            const all = await chrome.storage.session.get(null);
            await chrome.storage.session.set({ [to]: all[from] });
        }
    ")]
    extern "C" {
        fn install_storage();
        async fn stored() -> JsValue;
        async fn rename(from: &str, to: &str);
    }

    /// The worker starts anew: what it had in memory is gone, what the browser keeps is not.
    async fn restart_worker() {
        KEY.with(Rc::clone).lock().await.take();
    }

    #[wasm_bindgen_test]
    async fn a_secret_survives_the_worker_and_not_the_browser() {
        install_storage();
        restart_worker().await;
        let vault = Vault::open().await.unwrap();
        vault.put("e2b-key", "very secret").await.unwrap();
        restart_worker().await;
        let vault = Vault::open().await.unwrap();
        assert_eq!(
            vault.get("e2b-key").await.unwrap().unwrap().as_str(),
            "very secret"
        );

        // The browser starts anew: its session storage is empty.
        install_storage();
        restart_worker().await;
        assert!(
            Vault::open()
                .await
                .unwrap()
                .get("e2b-key")
                .await
                .unwrap()
                .is_none()
        );
    }

    #[wasm_bindgen_test]
    async fn nothing_in_the_storage_reads_as_the_secret() {
        install_storage();
        restart_worker().await;
        let vault = Vault::open().await.unwrap();
        vault.put("token/a", "very secret").await.unwrap();
        let all = stored().await.as_string().unwrap();
        assert!(all.contains("token/a"));
        assert!(!all.contains("very secret"));
        assert!(!all.contains(&STANDARD.encode("very secret")));
    }

    #[wasm_bindgen_test]
    async fn a_copy_of_the_storage_does_not_open_in_another_browser_session() {
        install_storage();
        restart_worker().await;
        Vault::open()
            .await
            .unwrap()
            .put("a", "very secret")
            .await
            .unwrap();
        // The copy lies in the storage; the wrapping key of its session is gone.
        WrappingKey::replace().await.unwrap();
        restart_worker().await;
        assert!(
            Vault::open()
                .await
                .unwrap()
                .get("a")
                .await
                .unwrap()
                .is_none()
        );
    }

    #[wasm_bindgen_test]
    async fn an_item_under_another_name_does_not_open() {
        install_storage();
        restart_worker().await;
        let vault = Vault::open().await.unwrap();
        vault.put("token/a", "very secret").await.unwrap();
        rename("vault/item/token/a", "vault/item/token/b").await;
        assert!(vault.get("token/b").await.unwrap().is_none());
        assert_eq!(vault.names("token/").await.unwrap().len(), 2);
        vault.remove("token/a").await.unwrap();
        assert!(vault.get("token/a").await.unwrap().is_none());
    }

    #[wasm_bindgen_test]
    async fn two_first_calls_agree_on_one_key() {
        install_storage();
        restart_worker().await;
        let (one, two) = futures::join!(Vault::open(), Vault::open());
        one.unwrap().put("a", "x").await.unwrap();
        assert_eq!(two.unwrap().get("a").await.unwrap().unwrap().as_str(), "x");
    }
}
