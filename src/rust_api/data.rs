//! What comes back, typed by serde. A member that is not named here is in `other`; one that is, and
//! is of another type than it should be, counts as not there, unless it is required.

use std::collections::BTreeMap;

use serde::de::{Deserialize, Deserializer, IgnoredAny};
use serde::{Deserialize as DeriveDeserialize, Serialize as DeriveSerialize};

use crate::scope::CurrentUserScopes;
use crate::support::value::Value;

/// Members by name, as JSON has them. [`from_value`](super::from_value) makes types of their values.
pub type Members = BTreeMap<String, Value>;

/// A verified sign-in. `A` is the type of what the application gave along.
#[derive(Clone, Debug, PartialEq)]
pub struct SignIn<A = Value> {
    /// The verified ID token's claims; every call is for `claims.sub`.
    pub claims: IdTokenClaims,
    /// What the tenant granted, of what this library knows.
    pub granted_scopes: CurrentUserScopes,
    /// Asked for and not granted. Auth0 drops such scopes silently; this says so.
    pub missing_scopes: CurrentUserScopes,
    /// When the access token expires, in milliseconds since the epoch.
    pub expires_at_ms: f64,
    /// What was given as [`AuthorizeOptions::app_state`](super::AuthorizeOptions::app_state).
    pub app_state: Option<A>,
}

/// Claims of a verified ID token (OIDC Core 2 and 5.1; times in seconds since the epoch).
#[derive(Clone, Debug, PartialEq, DeriveDeserialize)]
pub struct IdTokenClaims {
    /// The tenant.
    pub iss: String,
    /// The user.
    pub sub: String,
    /// For whom the token is: this application, and possibly others.
    #[serde(deserialize_with = "one_or_many")]
    pub aud: Vec<String>,
    /// When the token expires.
    pub exp: f64,
    /// When it was issued.
    pub iat: f64,
    /// The application that asked, where there are several in `aud`.
    #[serde(default, deserialize_with = "where_it_fits")]
    pub azp: Option<String>,
    /// When the user last signed in with password or the like.
    #[serde(default, deserialize_with = "where_it_fits")]
    pub auth_time: Option<f64>,
    /// The organization, by id.
    #[serde(default, deserialize_with = "where_it_fits")]
    pub org_id: Option<String>,
    /// The organization, by name.
    #[serde(default, deserialize_with = "where_it_fits")]
    pub org_name: Option<String>,
    /// The user's name. Like the next four it comes with the scope `profile`.
    #[serde(default, deserialize_with = "where_it_fits")]
    pub name: Option<String>,
    /// What the user is called.
    #[serde(default, deserialize_with = "where_it_fits")]
    pub nickname: Option<String>,
    /// Address of the user's picture.
    #[serde(default, deserialize_with = "where_it_fits")]
    pub picture: Option<String>,
    /// When the profile was last changed, ISO 8601.
    #[serde(default, deserialize_with = "where_it_fits")]
    pub updated_at: Option<String>,
    /// The user's e-mail address. Like the next one it comes with the scope `email`.
    #[serde(default, deserialize_with = "where_it_fits")]
    pub email: Option<String>,
    /// Has the user shown to own the address?
    #[serde(default, deserialize_with = "where_it_fits")]
    pub email_verified: Option<bool>,
    /// All other claims.
    #[serde(flatten)]
    pub other: Members,
}

/// An account of a user. The first one of a profile is the primary.
#[derive(Clone, Debug, PartialEq, DeriveDeserialize)]
pub struct Identity {
    /// Who vouches for the account, such as `google-oauth2`.
    pub provider: String,
    /// The account's id there, without the `provider|` prefix.
    pub user_id: String,
    /// Name of the connection.
    #[serde(default, deserialize_with = "where_it_fits")]
    pub connection: Option<String>,
    /// Is it an account of a social network?
    #[serde(default, rename = "isSocial", deserialize_with = "where_it_fits")]
    pub is_social: Option<bool>,
    /// What the provider says of a linked account.
    #[serde(default, rename = "profileData", deserialize_with = "where_it_fits")]
    pub profile_data: Option<Members>,
    /// All other members.
    #[serde(flatten)]
    pub other: Members,
}

/// A user's profile as the Management API answers it. `M` is the type of `user_metadata`.
#[derive(Clone, Debug, PartialEq, DeriveDeserialize)]
#[serde(bound(deserialize = "M: Deserialize<'de>"))]
pub struct UserProfile<M = Members> {
    /// The user, with the prefix of the primary account's provider.
    pub user_id: String,
    /// The user's e-mail address.
    #[serde(default, deserialize_with = "where_it_fits")]
    pub email: Option<String>,
    /// Has the user shown to own the address?
    #[serde(default, deserialize_with = "where_it_fits")]
    pub email_verified: Option<bool>,
    /// The user's name.
    #[serde(default, deserialize_with = "where_it_fits")]
    pub name: Option<String>,
    /// What the user is called.
    #[serde(default, deserialize_with = "where_it_fits")]
    pub nickname: Option<String>,
    /// Address of the user's picture.
    #[serde(default, deserialize_with = "where_it_fits")]
    pub picture: Option<String>,
    /// When the user was created, ISO 8601.
    #[serde(default, deserialize_with = "where_it_fits")]
    pub created_at: Option<String>,
    /// When the user was last changed, ISO 8601.
    #[serde(default, deserialize_with = "where_it_fits")]
    pub updated_at: Option<String>,
    /// When the user last signed in, ISO 8601.
    #[serde(default, deserialize_with = "where_it_fits")]
    pub last_login: Option<String>,
    /// How often the user has signed in.
    #[serde(default, deserialize_with = "where_it_fits")]
    pub logins_count: Option<u64>,
    /// The user's accounts, the primary first.
    #[serde(default, deserialize_with = "where_it_fits")]
    pub identities: Option<Vec<Identity>>,
    /// What the user may change. Where it does not fit the type `M`, the whole profile is refused.
    #[serde(default = "Option::default")]
    pub user_metadata: Option<M>,
    /// What only a server may change.
    #[serde(default, deserialize_with = "where_it_fits")]
    pub app_metadata: Option<Members>,
    /// All other members.
    #[serde(flatten)]
    pub other: Members,
}

/// A multifactor enrollment of a user.
#[derive(Clone, Debug, PartialEq, DeriveDeserialize)]
pub struct Enrollment {
    /// Its id.
    pub id: String,
    /// `pending` or `confirmed`.
    #[serde(default, deserialize_with = "where_it_fits")]
    pub status: Option<String>,
    /// What kind it is.
    #[serde(default, rename = "type", deserialize_with = "where_it_fits")]
    pub kind: Option<String>,
    /// How the user proves to have it, such as `otp`.
    #[serde(default, deserialize_with = "where_it_fits")]
    pub auth_method: Option<String>,
    /// All other members.
    #[serde(flatten)]
    pub other: Members,
}

/// A device credential to register, of type `public_key`.
#[derive(Clone, Debug, Default, PartialEq, Eq, DeriveSerialize)]
pub struct NewDeviceCredential {
    /// Name of the device, for people.
    pub device_name: String,
    /// The credential, base64.
    pub value: String,
    /// Unique id of the device, at most 36 characters.
    pub device_id: String,
    /// The application that the credential is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
}

/// A device credential that was registered.
#[derive(Clone, Debug, PartialEq, DeriveDeserialize)]
pub struct DeviceCredential {
    /// Its id. Keep it: device credentials cannot be listed with a user's scopes.
    pub id: String,
    /// All other members.
    #[serde(flatten)]
    pub other: Members,
}

/// The value where it is of the type, and none where it is of another.
fn where_it_fits<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    #[derive(DeriveDeserialize)]
    #[serde(untagged)]
    enum Fit<T> {
        Fits(T),
        Not(IgnoredAny),
    }
    Ok(match Fit::deserialize(deserializer)? {
        Fit::Fits(value) => Some(value),
        Fit::Not(_) => None,
    })
}

/// `aud` is a string or an array of strings (RFC 7519 4.1.3), as its check has seen.
fn one_or_many<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let value = Value::deserialize(deserializer)?;
    let texts = value.as_strings().unwrap_or_default();
    Ok(texts.into_iter().map(str::to_owned).collect())
}
