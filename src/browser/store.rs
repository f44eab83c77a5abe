//! Where pending sign-ins wait for the redirect.

use serde::Serialize;
use wasm_bindgen::JsValue;
use web_sys::Storage;

use super::page::{now_ms, window};
use super::values;
use crate::error::{Error, ErrorCode};
use crate::oidc::sign_in::{Found, Transactions};
use crate::oidc::transaction::{
    RecordAge, Transaction, fingerprint, next_created_at_ms, select_stale,
};
use crate::options::TransactionStore;
use crate::value::{Object, Value};

const PREFIX: &str = "auth0-current-user.";

/// A record of which only is left that it was answered: no state, no nonce.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answered {
    used: bool,
    created_at: f64,
}

/// `sessionStorage` or `localStorage`.
pub(crate) struct BrowserStore(TransactionStore);

impl BrowserStore {
    pub(crate) fn new(kind: TransactionStore) -> Self {
        Self(kind)
    }

    fn storage(&self) -> Result<Storage, JsValue> {
        let storage = match self.0 {
            TransactionStore::Session => window().session_storage(),
            TransactionStore::Local => window().local_storage(),
        };
        storage?.ok_or(JsValue::NULL)
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
        for name in (0..storage.length()?).filter_map(|index| storage.key(index).ok().flatten()) {
            if name.starts_with(PREFIX) {
                let record = read(&storage, &name);
                // What cannot be read is older than everything, and goes.
                let damaged = RecordAge { used: true, created_at_ms: 0.0 };
                ages.push(record.as_ref().and_then(RecordAge::from_record).unwrap_or(damaged));
                names.push(name);
            }
        }
        transaction.created_at_ms = next_created_at_ms(&ages, now_ms);
        for name in select_stale(&ages, now_ms).into_iter().filter_map(|index| names.get(index)) {
            storage.remove_item(name)?;
        }
        write(&storage, &transaction.state, transaction)
    }
}

fn read(storage: &Storage, name: &str) -> Option<Object> {
    let text = storage.get_item(name).ok()??;
    values::read(&values::parse_json(&text)?).into_object()
}

fn write(storage: &Storage, state: &str, record: &impl Serialize) -> Result<(), JsValue> {
    let text = values::to_json(&values::write(record)).unwrap_or_default();
    storage.set_item(&[PREFIX, &fingerprint(state)].concat(), &text)
}

impl Transactions for BrowserStore {
    fn find(&self, state: &str) -> Found {
        let name = [PREFIX, &fingerprint(state)].concat();
        let record = self.storage().ok().and_then(|storage| read(&storage, &name));
        match record {
            Some(record) if *record.get("used") == Value::Bool(true) => Found::Used,
            Some(record) => Transaction::from_record(&record)
                .map_or(Found::Unknown, |transaction| Found::Pending(Box::new(transaction))),
            None => Found::Unknown,
        }
    }

    fn consume(&self, state: &str) {
        if let Ok(storage) = self.storage() {
            // Removed first, so that it is gone even where nothing more can be written.
            let _ = storage.remove_item(&[PREFIX, &fingerprint(state)].concat());
            let _ = write(&storage, state, &Answered { used: true, created_at: now_ms() });
        }
    }
}
