//! Records of pending sign-ins: their text, damage to it, and which records are kept (RFC 9700 4.7).
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed test panics")]
#![allow(clippy::indexing_slicing, reason = "a failed test panics")]

mod common;

use auth0_current_user::internals::error::ErrorCode;
use auth0_current_user::internals::oidc::transaction::{
    MAX_AGE_MS, RANDOM_BYTES, Transaction, client_key,
};
use auth0_current_user::internals::oidc::transaction_record::{
    MAX_RECORDS, RecordAge, StateLookup, answered_record, consume, fingerprint, look_up,
    next_created_at_ms, save, select_stale,
};
use auth0_current_user::internals::options::{AuthorizeOptions, TransactionStore};
use common::platform::NativePlatform;
use common::{NOW_MS, config, full_transaction, object, transaction};
use proptest::prelude::*;
use serde_json::json;

#[test]
fn reads_a_record_as_it_was_written() {
    let mut odd = full_transaction();
    odd.organization = Some("a\nb ü%+&".to_owned());
    odd.client_key = client_key(&config(&json!({"organization": "c\n"})));
    for written in [full_transaction(), odd, transaction(&config(&json!({})), &json!({}))] {
        let read = Transaction::from_record(&written.to_record());
        assert!(read.as_ref() == Some(&written));
    }
}

#[test]
fn writes_one_line_for_each_field() {
    let transaction = full_transaction();
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
fn keeps_only_the_time_of_an_answered_sign_in() {
    let record = answered_record(NOW_MS);
    assert_eq!(record, (NOW_MS as u64).to_string());
    assert!(Transaction::from_record(&record).is_none());
    let read = RecordAge::from_record(&record);
    assert_eq!(read, Some(RecordAge { used: true, created_at_ms: NOW_MS }));
    let read = RecordAge::from_record(&full_transaction().to_record());
    assert_eq!(
        read,
        Some(RecordAge { used: false, created_at_ms: full_transaction().created_at_ms })
    );
}

#[test]
fn refuses_a_record_with_a_missing_or_invalid_line() {
    let right = full_transaction().to_record();
    let lines: Vec<&str> = right.split('\n').collect();
    // These lines may be empty: code verifier, maximum age, organization, application state.
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

/// Sign-ins with different states that all begin at the same moment.
fn sign_ins(count: u8) -> Vec<Transaction> {
    let config = config(&json!({}));
    let options =
        AuthorizeOptions::parse(&object(&json!({"maxAge": 5, "appState": "[1]"}))).unwrap();
    let begin = |number| Transaction::begin(&config, &options, &[number; RANDOM_BYTES], NOW_MS);
    (0..count).map(begin).collect()
}

fn lookup(platform: &NativePlatform, transaction: &Transaction) -> StateLookup {
    look_up(platform, TransactionStore::Session, transaction.state.as_str())
}

#[test]
fn returns_a_record_once_and_forgets_its_secrets() {
    let platform = NativePlatform::publishing("{}");
    let mut transaction = sign_ins(1).remove(0);
    save(&platform, TransactionStore::Session, &mut transaction).unwrap();
    let StateLookup::Pending(found) = lookup(&platform, &transaction) else { panic!("not found") };
    assert!(*found == transaction);
    consume(&platform, TransactionStore::Session, transaction.state.as_str()).unwrap();
    assert!(matches!(lookup(&platform, &transaction), StateLookup::Used));
    let left = platform.stored_records().concat();
    let secrets = [transaction.state.as_str(), transaction.nonce.as_str()];
    assert!(!secrets.iter().any(|secret| left.contains(secret)));
}

#[test]
fn knows_no_sign_in_behind_a_damaged_record() {
    let platform = NativePlatform::publishing("{}");
    let mut transaction = sign_ins(1).remove(0);
    save(&platform, TransactionStore::Session, &mut transaction).unwrap();
    let state = transaction.state.as_str();
    for damage in ["{", "null", "{}", "[]", "{\"state\":1}"] {
        platform.insert_record(&config(&json!({})), state, damage);
        assert!(matches!(lookup(&platform, &transaction), StateLookup::Unknown), "{damage}");
    }
}

#[test]
fn knows_no_sign_in_whose_app_state_is_not_json() {
    let platform = NativePlatform::publishing("{}");
    for wrong in ["{", "undefined", "1,\"claims\":{\"sub\":\"auth0|other\"}"] {
        let mut transaction = sign_ins(1).remove(0);
        transaction.app_state = Some(wrong.to_owned());
        save(&platform, TransactionStore::Session, &mut transaction).unwrap();
        assert!(matches!(lookup(&platform, &transaction), StateLookup::Unknown), "{wrong}");
    }
}

#[test]
fn keeps_the_newest_twenty_records_of_a_store() {
    let platform = NativePlatform::publishing("{}");
    let in_other_store = sign_ins(26).remove(25);
    save(&platform, TransactionStore::Local, &mut in_other_store.clone()).unwrap();
    let mut all = sign_ins(25);
    for transaction in &mut all {
        save(&platform, TransactionStore::Session, transaction).unwrap();
    }
    let is_pending =
        |index: usize| matches!(lookup(&platform, &all[index]), StateLookup::Pending(_));
    assert!((0..5).all(|index| !is_pending(index)));
    assert!((5..25).all(is_pending));
    assert_eq!(platform.stored_records().len(), MAX_RECORDS + 1);
    let state = in_other_store.state.as_str();
    let other = look_up(&platform, TransactionStore::Local, state);
    assert!(matches!(other, StateLookup::Pending(_)));
}

#[test]
fn reports_a_full_store() {
    let platform = NativePlatform::publishing("{}");
    platform.store_full.set(true);
    let error = save(&platform, TransactionStore::Session, &mut sign_ins(1)[0]).err();
    assert_eq!(error.unwrap().code, ErrorCode::InvalidConfiguration);
}

#[test]
fn removes_a_used_record_from_a_full_store() {
    let platform = NativePlatform::publishing("{}");
    let mut transaction = sign_ins(1).remove(0);
    save(&platform, TransactionStore::Session, &mut transaction).unwrap();
    platform.store_full.set(true);
    consume(&platform, TransactionStore::Session, transaction.state.as_str()).unwrap();
    assert!(matches!(lookup(&platform, &transaction), StateLookup::Unknown));
    assert!(platform.stored_records().is_empty());
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
    /// Each save leaves at most twenty records, including the new one. Older records go before newer ones, and answered
    /// records before pending ones.
    #[test]
    fn keeps_the_newest_pending_records_of_any_set(records in ages()) {
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

    #[test]
    fn dates_a_new_record_after_those_of_the_same_moment(records in ages()) {
        let at = next_created_at_ms(&records, NOW_MS);
        prop_assert!((NOW_MS..=NOW_MS + 100.0).contains(&at));
        for record in &records {
            prop_assert!(record.created_at_ms < at || record.created_at_ms >= NOW_MS + 100.0);
        }
    }

    /// A second implementation of FNV-1a returns the same number.
    #[test]
    fn computes_fnv_1a_of_any_text(text in "\\PC{0,40}") {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for byte in text.as_bytes() {
            hash ^= u64::from(*byte);
            hash = hash.wrapping_mul(0x0100_0000_01b3);
        }
        prop_assert_eq!(u64::from(fingerprint(&text)), hash >> 33);
    }

    #[test]
    fn reads_any_text_without_loss_or_refuses_it(
        index in 0usize..10,
        text in "(\\PC|\n){0,8}|[0-9]{1,16}",
    ) {
        let record = full_transaction().to_record();
        let mut lines: Vec<&str> = record.split('\n').collect();
        lines.splice(index..=index, [text.as_str()]);
        if let Some(read) = Transaction::from_record(&lines.join("\n")) {
            prop_assert!(Transaction::from_record(&read.to_record()) == Some(read));
        }
    }
}
