//! The guard: which operations a session permits, and until when.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed test panics")]
#![allow(clippy::indexing_slicing, reason = "a failed test panics")]

mod common;

use auth0_current_user::internals::error::ErrorCode;
use auth0_current_user::internals::operation::{ENDPOINTS, scopes_for};
use auth0_current_user::internals::scope::{CurrentUserScope, CurrentUserScopes};
use auth0_current_user::internals::session::guard;
use common::session::{every_scope, session};
use common::{NOW_MS, SUBJECT};

#[test]
fn permits_only_the_operations_of_the_granted_scope() {
    for scope in CurrentUserScope::ALL {
        let session = session(SUBJECT, scope.as_str());
        for endpoint in ENDPOINTS {
            let permitted = guard(Some(&session), endpoint.operation, NOW_MS);
            assert_eq!(permitted.is_ok(), endpoint.scopes.contains(scope), "{}", endpoint.name);
            if let Err(error) = permitted {
                assert_eq!(error.code, ErrorCode::InsufficientScope);
                assert!(
                    error.required_scopes.iter().eq(endpoint
                        .scopes
                        .iter()
                        .copied()
                        .collect::<CurrentUserScopes>()
                        .iter())
                );
            }
        }
    }
}

#[test]
fn permits_nothing_without_a_session_or_after_it_expires() {
    let session = session(SUBJECT, &every_scope());
    let end = session.expires_at_ms();
    for endpoint in ENDPOINTS {
        let code =
            |session, now| guard(session, endpoint.operation, now).err().map(|error| error.code);
        assert_eq!(code(None, NOW_MS), Some(ErrorCode::LoginRequired));
        assert_eq!(code(Some(&session), end - 1.0), None);
        assert_eq!(code(Some(&session), end), Some(ErrorCode::TokenExpired));
    }
}

#[test]
fn permits_an_operation_with_the_scopes_that_scopes_for_returns() {
    for endpoint in ENDPOINTS {
        let scopes: Vec<_> =
            scopes_for(&[endpoint.operation]).iter().map(|scope| scope.as_str()).collect();
        let session = session(SUBJECT, &scopes.join(" "));
        assert!(guard(Some(&session), endpoint.operation, NOW_MS).is_ok());
    }
}
