//! Where pending sign-ins wait for the redirect.

use js_sys::Reflect;
use wasm_bindgen::prelude::*;

use super::page::now_ms;
use super::values;
use crate::error::{Error, ErrorCode};
use crate::oidc::sign_in::{Found, Transactions};
use crate::oidc::transaction::{
    RecordAge, Transaction, answered_record, fingerprint, next_created_at_ms, select_stale,
};
use crate::options::TransactionStore;
use crate::text::concat;

const PREFIX: &str = "auth0-current-user.";

#[wasm_bindgen]
extern "C" {
    /// The window itself, since reading its storage may throw, which a static cannot.
    #[wasm_bindgen(thread_local_v2, js_name = globalThis)]
    static OWNER: JsValue;

    /// `sessionStorage` or `localStorage`. Each call throws where it is blocked, or not there.
    type Storage;
    #[wasm_bindgen(method, catch, js_name = getItem)]
    fn get_item(this: &Storage, name: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, js_name = setItem)]
    fn set_item(this: &Storage, name: &str, text: &str) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch, js_name = removeItem)]
    fn remove_item(this: &Storage, name: &str) -> Result<(), JsValue>;
}

/// `sessionStorage` or `localStorage`.
pub(crate) struct BrowserStore(TransactionStore);

impl BrowserStore {
    pub(crate) fn new(kind: TransactionStore) -> Self {
        Self(kind)
    }

    fn storage(&self) -> Result<Storage, JsValue> {
        let name = match self.0 {
            TransactionStore::Session => "sessionStorage",
            TransactionStore::Local => "localStorage",
        };
        Ok(OWNER.with(|owner| Reflect::get(owner, &name.into()))?.unchecked_into())
    }

    /// Stores a sign-in, and removes the records whose time is over.
    pub(crate) fn save(&self, transaction: &mut Transaction) -> Result<(), Error> {
        self.try_save(transaction).map_err(|_| {
            Error::new(
                ErrorCode::InvalidConfiguration,
                "the pending sign-in cannot be stored: storage is blocked or full; free some, let \
                 the site store data, or sign in with loginWithPopup, which needs none",
            )
        })
    }

    fn try_save(&self, transaction: &mut Transaction) -> Result<(), JsValue> {
        let storage = self.storage()?;
        let mut names = Vec::new();
        let mut ages = Vec::new();
        let now_ms = now_ms();
        for name in values::own_keys(&storage)?.iter().filter_map(|name| name.as_string()) {
            if name.starts_with(PREFIX) {
                let record = read(&storage, &name);
                // What cannot be read is older than everything, and goes.
                let damaged = RecordAge { used: true, created_at_ms: 0.0 };
                ages.push(record.as_deref().and_then(RecordAge::from_record).unwrap_or(damaged));
                names.push(name);
            }
        }
        transaction.created_at_ms = next_created_at_ms(&ages, now_ms);
        while let Some(index) = select_stale(&ages, now_ms) {
            ages.swap_remove(index);
            storage.remove_item(&names.swap_remove(index))?;
        }
        write(&storage, &transaction.state, &transaction.to_record())
    }
}

fn read(storage: &Storage, name: &str) -> Option<String> {
    storage.get_item(name).ok()?.as_string()
}

fn write(storage: &Storage, state: &str, record: &str) -> Result<(), JsValue> {
    storage.set_item(&concat(&[PREFIX, &fingerprint(state)]), record)
}

impl Transactions for BrowserStore {
    fn find(&self, state: &str) -> Found {
        let name = concat(&[PREFIX, &fingerprint(state)]);
        let Some(record) = self.storage().ok().and_then(|storage| read(&storage, &name)) else {
            return Found::Unknown;
        };
        if RecordAge::from_record(&record).is_some_and(|age| age.used) {
            return Found::Used;
        }
        Transaction::from_record(&record)
            // What waits in storage may have been damaged; only JSON goes on as JSON.
            .filter(|it| it.app_state.as_deref().is_none_or(|it| values::parse_json(it).is_some()))
            .map_or(Found::Unknown, |transaction| Found::Pending(Box::new(transaction)))
    }

    fn consume(&self, state: &str) {
        if let Ok(storage) = self.storage()
            && write(&storage, state, &answered_record(now_ms())).is_err()
        {
            // Gone even where nothing more can be written.
            let _ = storage.remove_item(&concat(&[PREFIX, &fingerprint(state)]));
        }
    }
}
