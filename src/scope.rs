//! The scopes that a single-page app can hold for its user.

use crate::support::text::{concat, join, split};

/// The Management API scopes that a single-page app can hold for its signed-in user. There are no
/// others.
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

    /// The scope as text.
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

    /// The scope as text.
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

    /// Adds a scope.
    pub fn insert(&mut self, scope: CurrentUserScope) {
        self.0 |= 1 << scope as u8;
    }

    /// Whether the set contains this scope.
    #[must_use]
    pub fn contains(self, scope: CurrentUserScope) -> bool {
        self.0 & (1 << scope as u8) != 0
    }

    /// Whether the set contains at least one of these scopes.
    #[must_use]
    pub fn contains_any(self, scopes: &[CurrentUserScope]) -> bool {
        scopes.iter().any(|scope| self.contains(*scope))
    }

    /// The scopes of this set that the other does not contain.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether the set is empty.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The scopes of this set, in the order of [`CurrentUserScope::ALL`].
    pub fn iter(self) -> impl Iterator<Item = CurrentUserScope> {
        CurrentUserScope::ALL.iter().copied().filter(move |scope| self.contains(*scope))
    }

    /// The names of the scopes, as a JSON array.
    #[must_use]
    pub fn to_json(self) -> String {
        let mut names = String::new();
        for scope in self.iter() {
            join(&mut names, "\",\"", scope.as_str());
        }
        let quote = if names.is_empty() { "" } else { "\"" };
        concat(&["[", quote, &names, quote, "]"])
    }

    /// Parses a space-separated `scope` value. Ignores scopes that this library does not know,
    /// because they permit none of its operations.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_value_counts_for_what_is_known_in_it() {
        let granted = CurrentUserScopes::from_scope_value(
            "openid read:users READ:CURRENT_USER update:current_user_metadata x",
        );
        assert!(granted.iter().eq([CurrentUserScope::UpdateCurrentUserMetadata]));
    }
}
