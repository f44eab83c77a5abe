//! Where pending sign-ins wait for the redirect.

use super::effects::{now_ms, parse, read_record, read_records, write_record};
use crate::error::{Error, ErrorCode};
use crate::oidc::sign_in::{Found, Transactions};
use crate::oidc::transaction::Transaction;
use crate::oidc::transaction_record::{
    RecordAge, answered_record, fingerprint, next_created_at_ms, select_stale,
};
use crate::options::TransactionStore;
use crate::support::text::{digits, split};

/// `sessionStorage` or `localStorage`.
pub(crate) struct BrowserStore {
    local: bool,
}

impl BrowserStore {
    pub(crate) fn new(kind: TransactionStore) -> Self {
        Self { local: kind == TransactionStore::Local }
    }

    /// Stores a sign-in, and removes the records whose time is over.
    pub(crate) fn save(&self, transaction: &mut Transaction) -> Result<(), Error> {
        // In one piece, since each crossing into JavaScript takes its time.
        let records = read_records(self.local).ok_or_else(unusable)?;
        let (mut numbers, mut ages) = (Vec::new(), Vec::new());
        let mut pieces = split(&records, 0);
        while let (Some(number), Some(record)) = (pieces.next(), pieces.next()) {
            // Another name is none of ours.
            let Some(number) = digits(number) else { continue };
            // What cannot be read is older than everything, and goes.
            let damaged = RecordAge { used: true, created_at_ms: 0.0 };
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "saturates"
            )]
            numbers.push(number as u32);
            ages.push(RecordAge::from_record(record).unwrap_or(damaged));
        }
        let now_ms = transaction.created_at_ms;
        transaction.created_at_ms = next_created_at_ms(&ages, now_ms);
        while let Some(index) = select_stale(&ages, now_ms) {
            ages.swap_remove(index);
            self.write(numbers.swap_remove(index), None)?;
        }
        self.write(fingerprint(transaction.state.as_str()), Some(&transaction.to_record()))
    }

    /// Writes a record, or removes it.
    fn write(&self, number: u32, record: Option<&str>) -> Result<(), Error> {
        if write_record(self.local, number, record) { Ok(()) } else { Err(unusable()) }
    }
}

impl Transactions for BrowserStore {
    fn find(&self, state: &str) -> Found {
        let Some(record) = read_record(self.local, fingerprint(state)) else {
            return Found::Unknown;
        };
        if RecordAge::from_record(&record).is_some_and(|age| age.used) {
            return Found::Used;
        }
        Transaction::from_record(&record)
            // What waits in storage may have been damaged; only JSON goes on as JSON.
            .filter(|it| it.app_state.as_deref().is_none_or(|it| !parse(it).is_undefined()))
            .map_or(Found::Unknown, |transaction| Found::Pending(Box::new(transaction)))
    }

    fn consume(&self, state: &str) -> Result<(), Error> {
        let number = fingerprint(state);
        self.write(number, Some(&answered_record(now_ms())))
            // Gone even where nothing more can be written.
            .or_else(|_| self.write(number, None))
    }
}

fn unusable() -> Error {
    Error::new(
        ErrorCode::InvalidConfiguration,
        "the pending sign-in cannot be kept in storage, which is blocked or full: free some, let \
         the site store data, or sign in with loginWithPopup, which needs none",
    )
}
