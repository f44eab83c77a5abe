//! A pending sign-in: what was asked for, kept until the response to it comes, used once.

use crate::error::{Error, ErrorCode, Reason};
use crate::jose::base64url;
use crate::options::{AuthorizeOptions, Config, Flow};
use crate::requested_scopes::RequestedScopes;
use crate::support::text::{concat, decimal, digits, join, split, split_once};
use crate::support::url::{form_decode, percent_encode};

/// How long a pending sign-in waits, in milliseconds: a day, for those who answer an e-mail late.
pub const MAX_AGE_MS: f64 = 24.0 * 60.0 * 60.0 * 1000.0;

/// How many records are kept; beyond that the oldest go.
pub const MAX_RECORDS: usize = 20;

/// How far ahead of the clock a record's time may be, in milliseconds: sign-ins that begin in the same
/// one take the next ones, so that the newest can be told.
const AHEAD_MS: f64 = 100.0;

/// Bytes of randomness that one sign-in takes: 256 bits each for state, nonce and code verifier.
pub const RANDOM_BYTES: usize = 96;

/// A pending sign-in.
#[derive(Clone, PartialEq)]
pub struct Transaction {
    /// Binds the response to this browser (RFC 6749 10.12).
    pub state: String,
    /// Binds the ID token to this sign-in (OIDC Core 15.5.2).
    pub nonce: String,
    /// Proves to the token endpoint who asked (RFC 7636 4.1); only in [`Flow::Code`].
    pub code_verifier: Option<String>,
    /// Who asked, as [`client_identity`] says.
    pub client: String,
    /// Where the response was to be sent.
    pub redirect_uri: String,
    /// What was asked for.
    pub scopes: RequestedScopes,
    /// `max_age` that was asked for, in seconds.
    pub max_age_seconds: Option<u32>,
    /// The organization that was asked for.
    pub organization: Option<String>,
    /// The application's own state, as JSON text.
    pub app_state: Option<String>,
    /// When it began, in milliseconds since the epoch.
    pub created_at_ms: f64,
}

impl Transaction {
    /// Begins a sign-in with fresh random bytes from the platform's CSPRNG.
    #[must_use]
    pub fn begin(
        config: &Config,
        options: &AuthorizeOptions,
        random: &[u8; RANDOM_BYTES],
        now_ms: f64,
    ) -> Self {
        let word = |start| base64url::encode(random.get(start..start + 32).unwrap_or_default());
        Self {
            state: word(0),
            nonce: word(32),
            code_verifier: (config.flow == Flow::Code).then(|| word(64)),
            client: client_identity(config),
            redirect_uri: options.redirect_uri.as_ref().unwrap_or(&config.redirect_uri).clone(),
            scopes: options.scopes.unwrap_or(config.scopes),
            max_age_seconds: options.max_age_seconds,
            organization: options.organization.as_ref().or(config.organization.as_ref()).cloned(),
            app_state: options.app_state.clone(),
            created_at_ms: now_ms,
        }
    }

    /// The record that waits in storage: a line for each field, which costs a fraction of what JSON
    /// costs here. Nothing in a line can end it: the last one is JSON, the organization is encoded, and the
    /// others were checked or made here.
    #[must_use]
    pub fn to_record(&self) -> String {
        let mut organization = String::new();
        percent_encode(self.organization.as_deref().unwrap_or_default(), &mut organization);
        let max_age =
            self.max_age_seconds.map_or(String::new(), |seconds| decimal(u64::from(seconds)));
        let mut record = moment(self.created_at_ms);
        record.reserve(512);
        for line in [
            &self.state,
            &self.nonce,
            self.code_verifier.as_deref().unwrap_or_default(),
            &self.client,
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

    /// Reads a record. `None` where it was damaged or replaced by something else.
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
            client,
            redirect_uri,
            scope,
            max_age,
            organization,
            app_state,
        ] = lines;
        let incomplete = [state, nonce, client, redirect_uri].contains(&"");
        let created_at_ms = digits(created_at)?;
        let scopes = RequestedScopes::parse(split(scope, b' ')).ok()?;
        let seconds = digits(max_age);
        if incomplete || rest.next().is_some() || seconds.is_none() && !max_age.is_empty() {
            return None;
        }
        let optional = |line: &str| (!line.is_empty()).then(|| line.to_owned());
        Some(Self {
            state: state.to_owned(),
            nonce: nonce.to_owned(),
            code_verifier: optional(code_verifier),
            client: client.to_owned(),
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

    /// May this response of the tenant be taken for the answer to this sign-in?
    ///
    /// # Errors
    /// `state_mismatch` with the reason `unknown`, `other_client` or `expired`.
    pub fn check_belongs(&self, config: &Config, state: &str, now_ms: f64) -> Result<(), Error> {
        if !equal_in_constant_time(&self.state, state) {
            return Err(state_mismatch(Reason::Unknown));
        }
        if self.client != client_identity(config) {
            return Err(state_mismatch(Reason::OtherClient));
        }
        // A record from the future is as stale as an old one: the clock was changed in between.
        let age_ms = now_ms - self.created_at_ms;
        let ahead_ms = 1000.0 * config.leeway_seconds + AHEAD_MS;
        if !(-ahead_ms..=MAX_AGE_MS).contains(&age_ms) {
            return Err(state_mismatch(Reason::Expired));
        }
        Ok(())
    }
}

/// What two clients have in common that may take each other's sign-in for their own: tenant, flow,
/// store, application, organization. One line, in which each has its place.
#[must_use]
pub fn client_identity(config: &Config) -> String {
    let Config { issuer, audience, client_id, flow, transaction_store, .. } = config;
    let (flow, store) = (flow.as_str(), transaction_store.as_str());
    let mut identity = concat(&[issuer, " ", audience, " ", flow, " ", store, " ", client_id, " "]);
    percent_encode(config.organization.as_deref().unwrap_or_default(), &mut identity);
    identity
}

/// The refusal of a response that answers no sign-in of this browser.
#[must_use]
pub fn state_mismatch(reason: Reason) -> Error {
    let message = match reason {
        Reason::Missing => "the response has no `state`: start the sign-in again from this page",
        Reason::Used => "this response has been used before: start the sign-in again",
        Reason::Expired => {
            "this sign-in began more than 24 hours ago by this device's clock, or after now: start it \
             again"
        }
        Reason::OtherClient => {
            "this response belongs to a sign-in of another client, flow or tenant: hand it to the \
             client that began it"
        }
        _ => {
            "this browser is not waiting for this response: start the sign-in again here; if it \
             began in another tab, set `transactionStore: \"local\"`"
        }
    };
    Error::new(ErrorCode::StateMismatch, message).with_reason(reason)
}

/// The number under which the record of a state is stored, also after the state itself is gone.
///
/// A fingerprint (FNV-1a, the upper 31 of 64 bits) only finds the record; the decision compares the
/// whole state. 256 random bits cannot be found again from it. Engines write and read so small a
/// number fastest.
#[must_use]
pub fn fingerprint(state: &str) -> u32 {
    let hash = state.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
    });
    #[allow(clippy::cast_possible_truncation, reason = "31 bits are left")]
    let number = (hash >> 33) as u32;
    number
}

/// Compares without telling by its duration where the texts differ.
#[must_use]
pub fn equal_in_constant_time(left: &str, right: &str) -> bool {
    left.len() == right.len()
        && left.bytes().zip(right.bytes()).fold(0, |differ, (a, b)| differ | (a ^ b)) == 0
}

/// The record that stays when a sign-in has been answered: when it was, and no state, no nonce.
#[must_use]
pub fn answered_record(now_ms: f64) -> String {
    moment(now_ms)
}

/// The first line of every record, in milliseconds since the epoch.
fn moment(at_ms: f64) -> String {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
    decimal(at_ms as u64)
}

/// What storage holds of one sign-in, as far as deciding which records go needs to know.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RecordAge {
    /// Has it been answered?
    pub used: bool,
    /// When it began, or was answered, in milliseconds since the epoch.
    pub created_at_ms: f64,
}

impl RecordAge {
    /// Reads it from a record, answered or not. `None` where the record was damaged.
    #[must_use]
    pub fn from_record(record: &str) -> Option<Self> {
        let (created_at, used) = match split_once(record, b'\n') {
            Some((created_at, _)) => (created_at, false),
            None => (record, true),
        };
        Some(Self { used, created_at_ms: digits(created_at)? })
    }
}

/// A time for a new record that is later than that of every other one, so that the newest can be
/// told among those of one moment.
#[must_use]
pub fn next_created_at_ms(records: &[RecordAge], now_ms: f64) -> f64 {
    let this_moment = records.iter().map(|record| record.created_at_ms).filter(|at| {
        // A record from further in the future was made by a clock that has been changed since.
        (now_ms..now_ms + AHEAD_MS).contains(at)
    });
    this_moment.fold(now_ms, |latest, at| latest.max(at + 1.0))
}

/// Which of these records has to go next before another one is stored: one past its time, or the
/// oldest where there are too many, answered ones first. `None` once there is room.
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
    fn records_older_than_a_day_go() {
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
    fn the_newest_twenty_are_kept_and_answered_ones_go_first() {
        let mut records: Vec<_> =
            (0..20).map(|age| record(false, NOW_MS - f64::from(age))).collect();
        assert_eq!(select_stale(&records, NOW_MS), Some(19));
        records.push(record(true, NOW_MS));
        assert_eq!(select_stale(&records, NOW_MS), Some(20));
        records.truncate(19);
        assert_eq!(select_stale(&records, NOW_MS), None);
    }

    #[test]
    fn records_of_one_millisecond_keep_their_order() {
        let mut records = Vec::new();
        for _ in 0..25 {
            let at = next_created_at_ms(&records, NOW_MS);
            assert!(records.iter().all(|record: &RecordAge| record.created_at_ms < at));
            records.push(record(false, at));
        }
        assert_eq!(next_created_at_ms(&[record(false, NOW_MS + 1e6)], NOW_MS), NOW_MS);
    }

    #[test]
    fn a_fingerprint_is_fnv_1a() {
        // The published test vector for the empty text, and another text.
        assert_eq!(fingerprint(""), 0xcbf2_9ce4 >> 1);
        assert_eq!(fingerprint("a"), 0xaf63_dc4c >> 1);
    }

    #[test]
    fn texts_compare_whole() {
        assert!(equal_in_constant_time("abc", "abc"));
        for (left, right) in [("abc", "abd"), ("abc", "ab"), ("", "a"), ("abc", "Abc")] {
            assert!(!equal_in_constant_time(left, right));
        }
    }
}
