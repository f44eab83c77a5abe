//! The port [`StateStore`], with `state-store.js`.

use wasm_bindgen::prelude::*;

use super::Browser;
use crate::options::TransactionStore;
use crate::platform::{StateStore, StoreUnusable};
use crate::support::text::{digits, split};

#[wasm_bindgen(module = "/src/js/platform/state-store.js")]
extern "C" {
    #[wasm_bindgen(js_name = readRecord)]
    fn read_record(local: bool, number: u32) -> Option<String>;
    #[wasm_bindgen(js_name = writeRecord)]
    fn write_record(local: bool, number: u32, record: Option<&str>) -> bool;
    #[wasm_bindgen(js_name = readRecords)]
    fn read_records(local: bool) -> Option<String>;
}

impl StateStore for Browser {
    fn read_record(&self, store: TransactionStore, number: u32) -> Option<String> {
        read_record(is_local(store), number)
    }

    fn write_record(
        &self,
        store: TransactionStore,
        number: u32,
        record: &str,
    ) -> Result<(), StoreUnusable> {
        write(store, number, Some(record))
    }

    fn remove_record(&self, store: TransactionStore, number: u32) -> Result<(), StoreUnusable> {
        write(store, number, None)
    }

    fn records(&self, store: TransactionStore) -> Result<Vec<(u32, String)>, StoreUnusable> {
        let text = read_records(is_local(store)).ok_or(StoreUnusable)?;
        let mut records = Vec::new();
        let mut pieces = split(&text, 0);
        while let (Some(number), Some(record)) = (pieces.next(), pieces.next()) {
            // Another name belongs to another program.
            if let Some(number) = digits(number) {
                #[allow(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "saturates"
                )]
                records.push((number as u32, record.to_owned()));
            }
        }
        Ok(records)
    }
}

fn is_local(store: TransactionStore) -> bool {
    store == TransactionStore::Local
}

fn write(store: TransactionStore, number: u32, record: Option<&str>) -> Result<(), StoreUnusable> {
    if write_record(is_local(store), number, record) { Ok(()) } else { Err(StoreUnusable) }
}
