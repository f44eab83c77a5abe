//! The scopes that a single-page app can ask for, and the answer to those it cannot.

use crate::error::{Error, ErrorCode};
use crate::support::text::{concat, contains, join, shortened, split, split_once};

/// The only Management API scopes a single-page app can hold for its signed-in user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CurrentUserScope {
    /// `read:current_user`
    ReadCurrentUser,
    /// `update:current_user_identities`
    UpdateCurrentUserIdentities,
    /// `create:current_user_metadata`
    CreateCurrentUserMetadata,
    /// `update:current_user_metadata`
    UpdateCurrentUserMetadata,
    /// `delete:current_user_metadata`
    DeleteCurrentUserMetadata,
    /// `create:current_user_device_credentials`
    CreateCurrentUserDeviceCredentials,
    /// `delete:current_user_device_credentials`
    DeleteCurrentUserDeviceCredentials,
}

impl CurrentUserScope {
    /// Every variant, in order of declaration.
    pub const ALL: &'static [Self] = &[
        Self::ReadCurrentUser,
        Self::UpdateCurrentUserIdentities,
        Self::CreateCurrentUserMetadata,
        Self::UpdateCurrentUserMetadata,
        Self::DeleteCurrentUserMetadata,
        Self::CreateCurrentUserDeviceCredentials,
        Self::DeleteCurrentUserDeviceCredentials,
    ];

    /// The text that stands for it on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ReadCurrentUser => "read:current_user",
            Self::UpdateCurrentUserIdentities => "update:current_user_identities",
            Self::CreateCurrentUserMetadata => "create:current_user_metadata",
            Self::UpdateCurrentUserMetadata => "update:current_user_metadata",
            Self::DeleteCurrentUserMetadata => "delete:current_user_metadata",
            Self::CreateCurrentUserDeviceCredentials => "create:current_user_device_credentials",
            Self::DeleteCurrentUserDeviceCredentials => "delete:current_user_device_credentials",
        }
    }

    /// The variant with exactly this text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "read:current_user" => Self::ReadCurrentUser,
            "update:current_user_identities" => Self::UpdateCurrentUserIdentities,
            "create:current_user_metadata" => Self::CreateCurrentUserMetadata,
            "update:current_user_metadata" => Self::UpdateCurrentUserMetadata,
            "delete:current_user_metadata" => Self::DeleteCurrentUserMetadata,
            "create:current_user_device_credentials" => Self::CreateCurrentUserDeviceCredentials,
            "delete:current_user_device_credentials" => Self::DeleteCurrentUserDeviceCredentials,
            _ => return None,
        })
    }
}

/// OIDC scopes for claims in the ID token (OIDC Core 5.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdentityScope {
    /// `openid`
    OpenId,
    /// `profile`
    Profile,
    /// `email`
    Email,
    /// `address`
    Address,
    /// `phone`
    Phone,
}

impl IdentityScope {
    /// Every variant, in order of declaration.
    pub const ALL: &'static [Self] =
        &[Self::OpenId, Self::Profile, Self::Email, Self::Address, Self::Phone];

    /// The text that stands for it on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OpenId => "openid",
            Self::Profile => "profile",
            Self::Email => "email",
            Self::Address => "address",
            Self::Phone => "phone",
        }
    }

    /// The variant with exactly this text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "openid" => Self::OpenId,
            "profile" => Self::Profile,
            "email" => Self::Email,
            "address" => Self::Address,
            "phone" => Self::Phone,
            _ => return None,
        })
    }
}

/// A set of [`CurrentUserScope`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CurrentUserScopes(u8);

impl CurrentUserScopes {
    /// The empty set.
    pub const NONE: Self = Self(0);

    /// Adds one.
    pub fn insert(&mut self, scope: CurrentUserScope) {
        self.0 |= 1 << scope as u8;
    }

    /// Is it in the set?
    #[must_use]
    pub fn contains(self, scope: CurrentUserScope) -> bool {
        self.0 & (1 << scope as u8) != 0
    }

    /// Is at least one of these in the set?
    #[must_use]
    pub fn contains_any(self, scopes: &[CurrentUserScope]) -> bool {
        scopes.iter().any(|scope| self.contains(*scope))
    }

    /// What is in this set and not in the other.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Is nothing in it?
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Its members, in the order of [`CurrentUserScope::ALL`].
    pub fn iter(self) -> impl Iterator<Item = CurrentUserScope> {
        CurrentUserScope::ALL.iter().copied().filter(move |scope| self.contains(*scope))
    }

    /// A JSON array of their names.
    #[must_use]
    pub fn to_json(self) -> String {
        let mut names = String::new();
        for scope in self.iter() {
            join(&mut names, "\",\"", scope.as_str());
        }
        let quote = if names.is_empty() { "" } else { "\"" };
        concat(&["[", quote, &names, quote, "]"])
    }

    /// Those of a space-separated `scope` value that this library knows. Others open nothing here.
    #[must_use]
    pub fn from_scope_value(value: &str) -> Self {
        split(value, b' ').filter_map(CurrentUserScope::parse).collect()
    }
}

impl FromIterator<CurrentUserScope> for CurrentUserScopes {
    fn from_iter<T: IntoIterator<Item = CurrentUserScope>>(scopes: T) -> Self {
        let mut set = Self::NONE;
        for scope in scopes {
            set.insert(scope);
        }
        set
    }
}

/// What a sign-in asks for: `openid` always, and at least one [`CurrentUserScope`] unless it is a
/// sign-in for its ID token alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestedScopes {
    current_user: CurrentUserScopes,
    identity: u8,
}

impl RequestedScopes {
    /// `openid` and nothing else: the second sign-in of account linking.
    pub const OPENID: Self =
        Self { current_user: CurrentUserScopes::NONE, identity: 1 << IdentityScope::OpenId as u8 };

    /// Reads a list of scope names; one element is one scope.
    ///
    /// # Errors
    /// `scope_not_permitted` for a name outside the two enums, with the one that was probably
    /// meant; `invalid_configuration` where no [`CurrentUserScope`] is among them.
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

    /// The Management API scopes among them.
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

/// The refusal of a scope, with the permitted one that was probably meant.
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

/// Goes by the subject of the scope first and by its verb second, which covers the Management API's
/// administrative scopes as well as misspellings of the permitted ones.
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

    #[test]
    fn a_scope_value_counts_for_what_is_known_in_it() {
        let granted = CurrentUserScopes::from_scope_value(
            "openid read:users READ:CURRENT_USER update:current_user_metadata x",
        );
        assert!(granted.iter().eq([CurrentUserScope::UpdateCurrentUserMetadata]));
    }
}
