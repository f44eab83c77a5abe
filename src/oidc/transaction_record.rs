//! How a pending sign-in is stored, aged and pruned.

use super::transaction::{AHEAD_MS, CodeVerifier, MAX_AGE_MS, Nonce, State, Transaction, fnv_1a};
use crate::error::Error;
use crate::options::TransactionStore;
use crate::platform::{Clock, StateStore};
use crate::requested_scopes::RequestedScopes;
use crate::support::json;
use crate::support::text::{decimal, digits, join, split, split_once};
use crate::support::url::{form_decode, percent_encode};

/// How many records are kept. Used ones are removed first, then the oldest.
pub const MAX_RECORDS: usize = 20;

/// What a store knows of a `state`.
pub enum StateLookup {
    /// This sign-in waits for it.
    Pending(Box<Transaction>),
    /// A response has used it.
    Used,
    /// Nothing, or a damaged record.
    Unknown,
}

/// Stores a sign-in and removes the records whose time is over.
///
/// # Errors
/// `invalid_configuration` where the store is blocked or full.
pub fn save(
    platform: &impl StateStore,
    store: TransactionStore,
    transaction: &mut Transaction,
) -> Result<(), Error> {
    let (mut numbers, mut ages) = (Vec::new(), Vec::new());
    for (number, record) in platform.records(store)? {
        // A damaged record counts as older than all others, and goes.
        let damaged = RecordAge { used: true, created_at_ms: 0.0 };
        numbers.push(number);
        ages.push(RecordAge::from_record(&record).unwrap_or(damaged));
    }
    let now_ms = transaction.created_at_ms;
    transaction.created_at_ms = next_created_at_ms(&ages, now_ms);
    while let Some(index) = select_stale(&ages, now_ms) {
        ages.swap_remove(index);
        platform.remove_record(store, numbers.swap_remove(index))?;
    }
    let number = fingerprint(transaction.state.as_str());
    Ok(platform.write_record(store, number, &transaction.to_record())?)
}

/// Looks up the record of a `state`.
pub fn look_up(platform: &impl StateStore, store: TransactionStore, state: &str) -> StateLookup {
    let Some(record) = platform.read_record(store, fingerprint(state)) else {
        return StateLookup::Unknown;
    };
    if RecordAge::from_record(&record).is_some_and(|age| age.used) {
        return StateLookup::Used;
    }
    let transaction = Transaction::from_record(&record).filter(|transaction| {
        // Storage may have been damaged, and only JSON goes on as JSON.
        transaction.app_state.as_deref().is_none_or(|text| json::parse(text).is_some())
    });
    transaction.map_or(StateLookup::Unknown, |it| StateLookup::Pending(Box::new(it)))
}

/// Makes a `state` used.
///
/// # Errors
/// `invalid_configuration` where the store can neither be written nor cleared.
pub fn consume<P: Clock + StateStore>(
    platform: &P,
    store: TransactionStore,
    state: &str,
) -> Result<(), Error> {
    let number = fingerprint(state);
    let answered = platform.write_record(store, number, &answered_record(platform.now_ms()));
    // The record goes even where nothing more can be written.
    Ok(answered.or_else(|_| platform.remove_record(store, number))?)
}

impl Transaction {
    /// The record for storage: one line for each field. Reading lines takes less code than reading JSON.
    /// No field contains a line feed: the application's state is JSON text, the organization is encoded,
    /// and this crate has checked or made all others.
    #[must_use]
    pub fn to_record(&self) -> String {
        let mut organization = String::new();
        percent_encode(self.organization.as_deref().unwrap_or_default(), &mut organization);
        let max_age =
            self.max_age_seconds.map_or(String::new(), |seconds| decimal(u64::from(seconds)));
        let mut record = moment(self.created_at_ms);
        record.reserve(512);
        for line in [
            self.state.as_str(),
            self.nonce.as_str(),
            self.code_verifier.as_ref().map_or("", CodeVerifier::as_str),
            &self.client_key,
            &self.redirect_uri,
            &self.scopes.to_scope_value(),
            &max_age,
            &organization,
            self.app_state.as_deref().unwrap_or_default(),
        ] {
            join(&mut record, "\n", line);
        }
        record
    }

    /// Reads a record. `None` if a field is missing, or if something else has been stored in its place.
    #[must_use]
    pub fn from_record(record: &str) -> Option<Self> {
        let (mut lines, mut rest) = ([""; 10], split(record, b'\n'));
        for line in &mut lines {
            *line = rest.next()?;
        }
        let [
            created_at,
            state,
            nonce,
            code_verifier,
            client_key,
            redirect_uri,
            scope,
            max_age,
            organization,
            app_state,
        ] = lines;
        let incomplete = [state, nonce, client_key, redirect_uri].contains(&"");
        let created_at_ms = digits(created_at)?;
        let scopes = RequestedScopes::parse(split(scope, b' ')).ok()?;
        let seconds = digits(max_age);
        if incomplete || rest.next().is_some() || seconds.is_none() && !max_age.is_empty() {
            return None;
        }
        let optional = |line: &str| (!line.is_empty()).then(|| line.to_owned());
        Some(Self {
            state: State::new(state),
            nonce: Nonce::new(nonce),
            code_verifier: optional(code_verifier).map(CodeVerifier::new),
            client_key: client_key.to_owned(),
            redirect_uri: redirect_uri.to_owned(),
            scopes,
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "saturates"
            )]
            max_age_seconds: seconds.map(|seconds| seconds as u32),
            organization: optional(&form_decode(organization)),
            app_state: optional(app_state),
            created_at_ms,
        })
    }
}

/// The number under which the record of a state is stored. It stays when the record no longer holds the
/// state.
///
/// A fingerprint (FNV-1a, the upper 31 of 64 bits) only finds the record; the decision compares the
/// whole state. Nobody can compute the 256 random bits from it. JavaScript engines handle integers of 31
/// bits fastest.
#[must_use]
pub fn fingerprint(state: &str) -> u32 {
    #[allow(clippy::cast_possible_truncation, reason = "31 bits are left")]
    let number = (fnv_1a(state.as_bytes()) >> 33) as u32;
    number
}

/// The record of an answered sign-in: the time of the answer, without state and nonce.
#[must_use]
pub fn answered_record(now_ms: f64) -> String {
    moment(now_ms)
}

/// The first line of every record, in milliseconds since the epoch.
fn moment(at_ms: f64) -> String {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
    decimal(at_ms as u64)
}

/// The age of a stored record, from which [`select_stale`] decides.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RecordAge {
    /// Whether the sign-in has been answered.
    pub used: bool,
    /// When the sign-in began or was answered, in milliseconds since the epoch.
    pub created_at_ms: f64,
}

impl RecordAge {
    /// Reads the age of a pending or answered record. `None` if the record is damaged.
    #[must_use]
    pub fn from_record(record: &str) -> Option<Self> {
        let (created_at, used) = match split_once(record, b'\n') {
            Some((created_at, _)) => (created_at, false),
            None => (record, true),
        };
        Some(Self { used, created_at_ms: digits(created_at)? })
    }
}

/// The time for a new record: later than that of every other record, so that records of one millisecond
/// keep their order.
#[must_use]
pub fn next_created_at_ms(records: &[RecordAge], now_ms: f64) -> f64 {
    let this_moment = records.iter().map(|record| record.created_at_ms).filter(|at| {
        // The clock was changed after a record from further in the future was made.
        (now_ms..now_ms + AHEAD_MS).contains(at)
    });
    this_moment.fold(now_ms, |latest, at| latest.max(at + 1.0))
}

/// Selects the next record to remove before another one is stored: an expired record, or the oldest of
/// too many, answered ones first. `None` if there is room.
#[must_use]
pub fn select_stale(records: &[RecordAge], now_ms: f64) -> Option<usize> {
    let mut first: Option<(usize, &RecordAge)> = None;
    for (index, record) in records.iter().enumerate() {
        if (now_ms - record.created_at_ms).abs() > MAX_AGE_MS {
            return Some(index);
        }
        let goes_before = |other: &RecordAge| {
            record.used && !other.used
                || record.used == other.used && record.created_at_ms < other.created_at_ms
        };
        if first.is_none_or(|(_, other)| goes_before(other)) {
            first = Some((index, record));
        }
    }
    first.filter(|_| records.len() >= MAX_RECORDS).map(|(index, _)| index)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_MS: f64 = 1_700_000_000_000.0;

    fn record(used: bool, created_at_ms: f64) -> RecordAge {
        RecordAge { used, created_at_ms }
    }

    #[test]
    fn removes_records_older_than_a_day() {
        for (at, goes) in [
            (NOW_MS - MAX_AGE_MS - 1.0, true),
            (NOW_MS - MAX_AGE_MS, false),
            (NOW_MS + MAX_AGE_MS, false),
            (NOW_MS + MAX_AGE_MS + 1.0, true),
        ] {
            let records = [record(false, NOW_MS), record(true, at)];
            assert_eq!(select_stale(&records, NOW_MS), goes.then_some(1));
        }
    }

    #[test]
    fn keeps_the_newest_twenty_and_removes_answered_ones_first() {
        let mut records: Vec<_> =
            (0..20).map(|age| record(false, NOW_MS - f64::from(age))).collect();
        assert_eq!(select_stale(&records, NOW_MS), Some(19));
        records.push(record(true, NOW_MS));
        assert_eq!(select_stale(&records, NOW_MS), Some(20));
        records.truncate(19);
        assert_eq!(select_stale(&records, NOW_MS), None);
    }

    #[test]
    fn keeps_the_order_of_records_of_one_millisecond() {
        let mut records = Vec::new();
        for _ in 0..25 {
            let at = next_created_at_ms(&records, NOW_MS);
            assert!(records.iter().all(|record: &RecordAge| record.created_at_ms < at));
            records.push(record(false, at));
        }
        assert_eq!(next_created_at_ms(&[record(false, NOW_MS + 1e6)], NOW_MS), NOW_MS);
    }

    #[test]
    fn computes_fnv_1a() {
        // The published test vector for the empty text, and another text.
        assert_eq!(fingerprint(""), 0xcbf2_9ce4 >> 1);
        assert_eq!(fingerprint("a"), 0xaf63_dc4c >> 1);
    }
}
