//! The scopes that one sign-in requests, and the errors for scopes that no single-page app can hold.

use crate::error::{Error, ErrorCode};
use crate::scope::{CurrentUserScope, CurrentUserScopes, IdentityScope};
use crate::support::text::{contains, join, shortened, split_once};

/// The scopes that a sign-in requests. `openid` is always among them. At least one
/// [`CurrentUserScope`] is, except in a sign-in that serves its ID token alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestedScopes {
    current_user: CurrentUserScopes,
    identity: u8,
}

impl RequestedScopes {
    /// `openid` alone, for the second sign-in of account linking.
    pub const OPENID: Self =
        Self { current_user: CurrentUserScopes::NONE, identity: 1 << IdentityScope::OpenId as u8 };

    /// Parses a list of scope names. Each element is one scope.
    ///
    /// # Errors
    /// `scope_not_permitted` for a name outside the two enums. The message suggests a permitted scope.
    /// `invalid_configuration` if no [`CurrentUserScope`] is among them.
    pub fn parse<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, Error> {
        let mut scopes = Self::OPENID;
        for name in names {
            if let Some(scope) = CurrentUserScope::parse(name) {
                scopes.current_user.insert(scope);
            } else if let Some(scope) = IdentityScope::parse(name) {
                scopes.identity |= 1 << scope as u8;
            } else {
                return Err(not_permitted(name));
            }
        }
        if scopes.current_user.is_empty() {
            return Err(Error::new(
                ErrorCode::InvalidConfiguration,
                "`scopes` needs at least one scope of the current user, such as `read:current_user`",
            ));
        }
        Ok(scopes)
    }

    /// The requested Management API scopes.
    #[must_use]
    pub fn current_user(self) -> CurrentUserScopes {
        self.current_user
    }

    /// The value of the `scope` parameter (RFC 6749 3.3).
    #[must_use]
    pub fn to_scope_value(self) -> String {
        let mut names = String::new();
        for scope in IdentityScope::ALL {
            if self.identity >> *scope as u8 & 1 == 1 {
                join(&mut names, " ", scope.as_str());
            }
        }
        for scope in self.current_user.iter() {
            join(&mut names, " ", scope.as_str());
        }
        names
    }
}

/// The error for a scope that is not permitted. The message suggests a permitted one.
fn not_permitted(name: &str) -> Error {
    let (advice, meant) = match probably_meant(name) {
        Some(meant) => ("you probably want `", meant),
        None => (
            "permitted are openid, profile, email, address, phone and the seven scopes like `",
            CurrentUserScope::ReadCurrentUser.as_str(),
        ),
    };
    let refused = "` cannot be granted to a single-page app; ";
    Error::with_message(
        ErrorCode::ScopeNotPermitted,
        &["scope `", shortened(name), refused, advice, meant, "`"],
    )
}

/// Suggests a permitted scope: first by the subject of the scope, then by its verb. This covers the
/// administrative scopes of the Management API and misspellings of the permitted scopes.
fn probably_meant(name: &str) -> Option<&'static str> {
    use CurrentUserScope as Scope;
    let name = name.to_ascii_lowercase();
    let (verb, subject) = split_once(&name, b':').unwrap_or(("", &name));
    let is_about = |word| contains(subject, word);
    let scope = if is_about("identit") || is_about("link") {
        Scope::UpdateCurrentUserIdentities
    } else if is_about("device") {
        match verb {
            "create" | "update" | "write" => Scope::CreateCurrentUserDeviceCredentials,
            "delete" => Scope::DeleteCurrentUserDeviceCredentials,
            _ => return None,
        }
    } else if is_about("user") || is_about("metadata") {
        match verb {
            "read" | "get" => Scope::ReadCurrentUser,
            "create" => Scope::CreateCurrentUserMetadata,
            "update" | "write" => Scope::UpdateCurrentUserMetadata,
            "delete" => Scope::DeleteCurrentUserMetadata,
            _ => return None,
        }
    } else {
        return IdentityScope::ALL
            .iter()
            .map(|scope| scope.as_str())
            .find(|identity| !name.is_empty() && name.starts_with(identity));
    };
    Some(scope.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(name: &str) -> Error {
        RequestedScopes::parse([name, "read:current_user"]).unwrap_err()
    }

    #[test]
    fn openid_is_always_sent_and_only_once() {
        let scopes = RequestedScopes::parse(["read:current_user"]).unwrap();
        assert_eq!(scopes.to_scope_value(), "openid read:current_user");
        let scopes =
            RequestedScopes::parse(["read:current_user", "openid", "email", "openid"]).unwrap();
        assert_eq!(scopes.to_scope_value(), "openid email read:current_user");
    }

    #[test]
    fn a_current_user_scope_is_needed() {
        let error = RequestedScopes::parse(["openid", "profile"]).unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidConfiguration);
    }

    #[test]
    fn administrative_scopes_are_refused_with_the_one_that_was_meant() {
        for (asked, meant) in [
            ("update:users", "`update:current_user_metadata`"),
            ("read:users", "`read:current_user`"),
            ("delete:users", "`delete:current_user_metadata`"),
            ("create:users", "`create:current_user_metadata`"),
            ("update:users_app_metadata", "`update:current_user_metadata`"),
            ("read:user_idp_tokens", "`read:current_user`"),
            ("create:device_credentials", "`create:current_user_device_credentials`"),
            ("delete:device_credentials", "`delete:current_user_device_credentials`"),
            ("update:identities", "`update:current_user_identities`"),
            ("Read:Current_User", "`read:current_user`"),
            ("phone_number", "`phone`"),
        ] {
            let error = refusal(asked);
            assert_eq!(error.code, ErrorCode::ScopeNotPermitted);
            assert!(error.message.contains(meant), "{asked}: {}", error.message);
        }
    }

    #[test]
    fn a_scope_that_resembles_nothing_is_refused_with_the_list() {
        for asked in ["", " ", "offline_access", "read:clients", "read:device_credentials"] {
            let error = refusal(asked);
            assert_eq!(error.code, ErrorCode::ScopeNotPermitted);
            assert!(error.message.contains("permitted are"), "{asked}: {}", error.message);
        }
    }

    #[test]
    fn one_element_is_one_scope() {
        assert_eq!(refusal("openid read:current_user").code, ErrorCode::ScopeNotPermitted);
    }
}
