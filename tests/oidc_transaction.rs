//! Pending sign-ins: what is kept, for how long, and what a damaged record is (RFC 9700 4.7).
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]
#![allow(clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

mod common;

use auth0_current_user::internals::error::{ErrorCode, Reason};
use auth0_current_user::internals::oidc::transaction::{
    MAX_AGE_MS, State, Transaction, client_key,
};
use auth0_current_user::internals::oidc::transaction_record::{
    MAX_RECORDS, RecordAge, answered_record, fingerprint, next_created_at_ms, select_stale,
};
use common::{NOW_MS, config, state, transaction};
use proptest::prelude::*;
use serde_json::json;

fn full() -> Transaction {
    let config = config(&json!({"flow": "code", "organization": "org_2"}));
    let options = json!({"appState": "{\"a\":1}", "maxAge": 600, "organization": "org_1"});
    transaction(&config, &options)
}

fn age(transaction: &Transaction, now_ms: f64, leeway: f64) -> Option<Reason> {
    let config = config(&json!({"flow": "code", "organization": "org_2", "leewaySeconds": leeway}));
    let result = transaction.check_belongs(&config, &state(), now_ms);
    result.err().map(|error| {
        assert_eq!(error.code, ErrorCode::StateMismatch);
        error.reason.unwrap()
    })
}

#[test]
fn a_record_is_read_as_it_was_written() {
    let mut odd = full();
    odd.organization = Some("a\nb ü%+&".to_owned());
    odd.client_key = client_key(&config(&json!({"organization": "c\n"})));
    for written in [full(), odd, transaction(&config(&json!({})), &json!({}))] {
        let read = Transaction::from_record(&written.to_record());
        assert!(read.as_ref() == Some(&written));
    }
}

#[test]
fn a_record_has_what_the_vectors_say_it_has() {
    let transaction = full();
    let verifier = transaction.code_verifier.clone().unwrap();
    let expected = [
        &(transaction.created_at_ms as u64).to_string(),
        transaction.state.as_str(),
        transaction.nonce.as_str(),
        verifier.as_str(),
        "https://acme.eu.auth0.com/ https://acme.eu.auth0.com/api/v2/ code session spa-client org_2",
        &transaction.redirect_uri,
        &transaction.scopes.to_scope_value(),
        &transaction.max_age_seconds.unwrap().to_string(),
        transaction.organization.as_ref().unwrap(),
        transaction.app_state.as_ref().unwrap(),
    ];
    assert!(transaction.to_record().split('\n').eq(expected));
}

#[test]
fn an_answered_record_holds_nothing_but_its_time() {
    let record = answered_record(NOW_MS);
    assert_eq!(record, (NOW_MS as u64).to_string());
    assert!(Transaction::from_record(&record).is_none());
    let read = RecordAge::from_record(&record);
    assert_eq!(read, Some(RecordAge { used: true, created_at_ms: NOW_MS }));
    let read = RecordAge::from_record(&full().to_record());
    assert_eq!(read, Some(RecordAge { used: false, created_at_ms: full().created_at_ms }));
}

#[test]
fn a_record_that_was_damaged_is_none() {
    let right = full().to_record();
    let lines: Vec<&str> = right.split('\n').collect();
    // Which of them may be empty: verifier, maximum age, organization, application state.
    let optional = [3, 7, 8, 9];
    for index in 0..lines.len() {
        let mut record = lines.clone();
        record[index] = "";
        let read = Transaction::from_record(&record.join("\n"));
        assert_eq!(read.is_some(), optional.contains(&index), "empty {index}");
        record.remove(index);
        assert!(Transaction::from_record(&record.join("\n")).is_none(), "no {index}");
    }
    for (index, wrong) in
        [(0, "soon"), (0, "-1"), (0, "1.5"), (6, "read:users"), (7, "-1"), (7, "1e3")]
    {
        let mut record = lines.clone();
        record[index] = wrong;
        assert!(Transaction::from_record(&record.join("\n")).is_none(), "{index} {wrong}");
    }
    assert!(Transaction::from_record(&[&right, "\n"].concat()).is_none());
}

#[test]
fn a_sign_in_waits_for_24_hours_whatever_the_leeway() {
    let begun = full();
    let began = begun.created_at_ms;
    for leeway in [0.0, 60.0, 300.0] {
        assert_eq!(age(&begun, began, leeway), None);
        assert_eq!(age(&begun, began + MAX_AGE_MS, leeway), None);
        assert_eq!(age(&begun, began + MAX_AGE_MS + 1.0, leeway), Some(Reason::Expired));
        assert_eq!(age(&begun, began - leeway * 1e3, leeway), None);
        assert_eq!(age(&begun, began - leeway * 1e3 - 101.0, leeway), Some(Reason::Expired));
    }
}

#[test]
fn a_response_belongs_to_one_client_of_one_tenant() {
    let begun = full();
    for (changes, reason) in [
        (json!({"clientId": "other"}), Reason::OtherClient),
        (json!({"domain": "other.eu.auth0.com"}), Reason::OtherClient),
        (json!({"domain": "acme.eu.auth0.com:8443"}), Reason::OtherClient),
        (json!({"tenantDomain": "other.eu.auth0.com"}), Reason::OtherClient),
        (json!({"flow": "implicit"}), Reason::OtherClient),
        (json!({"transactionStore": "local"}), Reason::OtherClient),
        (json!({"organization": "org_1"}), Reason::OtherClient),
    ] {
        let mut options = json!({"flow": "code", "organization": "org_2"});
        options.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        let error = begun.check_belongs(&config(&options), &state(), NOW_MS).unwrap_err();
        assert_eq!((error.code, error.reason), (ErrorCode::StateMismatch, Some(reason)));
    }
    let error = begun.check_belongs(&config(&json!({})), "other", NOW_MS).unwrap_err();
    assert_eq!(error.reason, Some(Reason::Unknown));
}

fn ages() -> impl Strategy<Value = Vec<RecordAge>> {
    let at = prop_oneof![
        -2.0 * MAX_AGE_MS..2.0 * MAX_AGE_MS,
        (0..30_i32).prop_map(f64::from),
        Just(-NOW_MS),
        Just(0.0),
    ];
    let record =
        (any::<bool>(), at).prop_map(|(used, at)| RecordAge { used, created_at_ms: NOW_MS + at });
    proptest::collection::vec(record, 0..60)
}

proptest! {
    /// After any save there are at most twenty, the new one among them; no older one is kept in the
    /// place of a newer one, and none that waits goes before one that was answered.
    #[test]
    fn the_newest_twenty_are_kept(records in ages()) {
        let (mut stale, mut left): (Vec<usize>, Vec<usize>) = (Vec::new(), (0..records.len()).collect());
        let ages = |left: &[usize]| left.iter().map(|index| records[*index]).collect::<Vec<_>>();
        while let Some(next) = select_stale(&ages(&left), NOW_MS) {
            stale.push(left.remove(next));
        }
        let kept = records.len() - stale.len();
        prop_assert!(kept < MAX_RECORDS);
        let is_old = |record: &RecordAge| (NOW_MS - record.created_at_ms).abs() > MAX_AGE_MS;
        let went_early: Vec<_> = stale.iter().map(|index| records[*index]).filter(|record| !is_old(record)).collect();
        if !went_early.is_empty() {
            prop_assert_eq!(kept, MAX_RECORDS - 1);
        }
        for (index, record) in records.iter().enumerate() {
            if stale.contains(&index) {
                continue;
            }
            prop_assert!(!is_old(record));
            for gone in &went_early {
                prop_assert!(record.used != gone.used || gone.created_at_ms <= record.created_at_ms);
                prop_assert!(gone.used || !record.used);
            }
        }
    }

    /// A new record is the newest of its moment.
    #[test]
    fn a_new_record_is_later_than_those_of_its_moment(records in ages()) {
        let at = next_created_at_ms(&records, NOW_MS);
        prop_assert!((NOW_MS..=NOW_MS + 100.0).contains(&at));
        for record in &records {
            prop_assert!(record.created_at_ms < at || record.created_at_ms >= NOW_MS + 100.0);
        }
    }

    /// Comparing is equality.
    #[test]
    fn comparing_in_constant_time_is_equality(left in "\\PC{0,8}", right in "\\PC{0,8}") {
        prop_assert_eq!(State::new(left.as_str()).matches(&right), left == right);
        prop_assert!(State::new(left.clone()).matches(&left));
    }

    /// FNV-1a once more, over any text.
    #[test]
    fn a_fingerprint_is_fnv_1a(text in "\\PC{0,40}") {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for byte in text.as_bytes() {
            hash ^= u64::from(*byte);
            hash = hash.wrapping_mul(0x0100_0000_01b3);
        }
        prop_assert_eq!(u64::from(fingerprint(&text)), hash >> 33);
    }

    /// A record of any content: none, or one that reads the same again.
    #[test]
    fn any_record_is_survived(
        index in 0usize..10,
        text in "(\\PC|\n){0,8}|[0-9]{1,16}",
    ) {
        let record = full().to_record();
        let mut lines: Vec<&str> = record.split('\n').collect();
        lines.splice(index..=index, [text.as_str()]);
        if let Some(read) = Transaction::from_record(&lines.join("\n")) {
            prop_assert!(Transaction::from_record(&read.to_record()) == Some(read));
        }
    }
}
