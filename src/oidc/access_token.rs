//! The checks of an access token before it is used (OIDC Core 3.2.2.9, RFC 9700 4.9, RFC 9068).

use super::id_token::{IdToken, check_not_machine_token};
use crate::error::{Error, ErrorCode, Reason};
use crate::jose::{base64url, jws};
use crate::options::{Config, Flow};
use crate::platform::Crypto;
use crate::scope::CurrentUserScopes;
use crate::support::json;
use crate::support::text::{concat, equal_in_constant_time};
use crate::support::value::{Object, Value};

/// An access token. `Debug` does not print it.
#[derive(Clone)]
pub struct AccessToken(String);

impl AccessToken {
    pub(crate) fn new(token: String) -> Self {
        Self(token)
    }

    /// The token as text, for its checks and for the `Authorization` header.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for AccessToken {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("AccessToken(redacted)")
    }
}

/// An access token that has been parsed. Only the API verifies its signature.
pub struct UnverifiedAccessToken<'a> {
    access_token: &'a AccessToken,
    /// `None` if the token is not a JWT.
    claims: Option<Object>,
}

/// An access token that `at_hash` ties to a verified ID token.
pub struct BoundAccessToken {
    claims: Option<Object>,
}

/// The claims of an access token that is for this tenant's Management API and for the ID token's user.
pub struct AccessTokenClaims {
    /// The granted scopes that this library knows. They come from the token, because the response's
    /// `scope` is not signed.
    pub granted: CurrentUserScopes,
    /// `exp`, in seconds since the epoch.
    pub expires_at_seconds: f64,
}

impl<'a> UnverifiedAccessToken<'a> {
    /// Parses an access token. [`BoundAccessToken::check_claims`] refuses a token that is not a JWT.
    ///
    /// # Errors
    /// `machine_token_forbidden`. This check is the first, so that no other error hides its reason.
    pub fn parse(access_token: &'a AccessToken) -> Result<Self, Error> {
        let claims = jws::parse(access_token.reveal())
            .and_then(|parts| json::parse(&parts.payload))
            .and_then(Value::into_object);
        if let Some(claims) = &claims {
            check_not_machine_token(claims)?;
        }
        Ok(Self { access_token, claims })
    }

    /// Checks `at_hash` of the verified ID token.
    ///
    /// # Errors
    /// `access_token_hash`
    pub async fn check_hash<P: Crypto>(
        self,
        platform: &P,
        flow: Flow,
        id_token: &IdToken,
    ) -> Result<BoundAccessToken, Error> {
        if let Some(expected) = expected_hash(flow, id_token)? {
            let digest = platform.sha256(self.access_token.reveal().as_bytes()).await?;
            let actual = base64url::encode(digest.get(..digest.len() / 2).unwrap_or_default());
            if !equal_in_constant_time(expected, &actual) {
                return Err(wrong_hash(Reason::Mismatch));
            }
        }
        Ok(BoundAccessToken { claims: self.claims })
    }
}

impl BoundAccessToken {
    /// Checks that the token is for the tenant's Management API and the ID token's user.
    ///
    /// # Errors
    /// `access_token_audience`, `access_token_subject`, `token_expired`.
    #[inline(never)]
    pub fn check_claims(
        self,
        config: &Config,
        id_token: &IdToken,
    ) -> Result<AccessTokenClaims, Error> {
        let claims = self.claims.ok_or_else(|| {
            Error::new(
                ErrorCode::AccessTokenAudience,
                "the access token is opaque, so it is not for the Management API: the tenant did not \
                 see, or does not know, the `audience`; check `domain` and `tenantDomain`",
            )
            .with_reason(Reason::Malformed)
        })?;
        check_audience(&claims, config)?;
        check_subject(&claims, id_token.subject())?;
        let expires_at_seconds = claims.get("exp").as_number().ok_or_else(|| {
            Error::new(
                ErrorCode::TokenExpired,
                "the access token does not say when it expires in `exp`",
            )
            .with_reason(Reason::Missing)
        })?;
        let scope = claims.get("scope").as_str();
        let granted = scope.map(CurrentUserScopes::from_scope_value).unwrap_or_default();
        Ok(AccessTokenClaims { granted, expires_at_seconds })
    }
}

/// The error for an access token that has expired.
pub(crate) fn token_expired() -> Error {
    Error::new(
        ErrorCode::TokenExpired,
        "the access token has expired: renew it with checkSession, or sign the user in again",
    )
}

/// Checks that `at_hash` is the left half of the access token's SHA-256 (OIDC Core 3.2.2.9). The
/// claim is required in the implicit flow (3.2.2.10) and optional for tokens of the token endpoint
/// (3.1.3.8).
fn expected_hash(flow: Flow, id_token: &IdToken) -> Result<Option<&str>, Error> {
    match id_token.claim("at_hash") {
        Value::String(hash) => Ok(Some(hash)),
        Value::Absent if flow == Flow::Code => Ok(None),
        Value::Absent => Err(wrong_hash(Reason::Missing)),
        _ => Err(wrong_hash(Reason::Malformed)),
    }
}

fn wrong_hash(reason: Reason) -> Error {
    let message = "the access token is not the one that the ID token was issued with (`at_hash`): \
                   it was exchanged on its way, or the application is not OIDC conformant";
    Error::new(ErrorCode::AccessTokenHash, message).with_reason(reason)
}

/// Checks that `aud` is the tenant's Management API, alone or with `/userinfo`. Auth0 adds
/// `/userinfo` for the scope `openid`.
fn check_audience(claims: &Object, config: &Config) -> Result<(), Error> {
    let claim = claims.get("aud");
    let audiences = claim.as_strings();
    let fits = audiences.as_ref().is_some_and(|audiences| {
        let userinfo = concat(&[&config.issuer, "userinfo"]);
        audiences.contains(&config.audience.as_str())
            && audiences.iter().all(|audience| {
                *audience == config.audience
                    || *audience == userinfo
                    || *audience == config.userinfo_audience
            })
    });
    if fits {
        return Ok(());
    }
    let reason = match (claim, audiences) {
        (Value::Absent, _) => Reason::Missing,
        (_, None) => Reason::Malformed,
        _ => Reason::Mismatch,
    };
    Err(Error::new(
        ErrorCode::AccessTokenAudience,
        "the access token is not for this tenant's Management API: check `domain`, and \
         `tenantDomain` where `domain` is a custom domain",
    )
    .with_reason(reason))
}

/// Checks that `sub` is the ID token's user.
fn check_subject(claims: &Object, expected_subject: &str) -> Result<(), Error> {
    let reason = match claims.get("sub") {
        Value::String(subject) if subject == expected_subject => return Ok(()),
        Value::String(_) => Reason::Mismatch,
        Value::Absent => Reason::Missing,
        _ => Reason::Malformed,
    };
    Err(Error::new(
        ErrorCode::AccessTokenSubject,
        "the access token is another user's than the ID token",
    )
    .with_reason(reason))
}
