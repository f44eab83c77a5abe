//! The checks of an ID token (OIDC Core 3.2.2.11 with 3.1.3.7, RFC 7519 7.2, RFC 8725).

use std::ops::RangeInclusive;
use std::rc::Rc;

use super::clock::{ClockOffset, MAX_OFFSET_SECONDS};
use super::transaction::{Nonce, Transaction};
use crate::error::{Error, ErrorCode, Reason};
use crate::jose::jwk_set::{self, RsaKey};
use crate::jose::jws::{self, Parts};
use crate::options::Config;
use crate::platform::{Clock, Crypto, SignatureVerdict};
use crate::support::json;
use crate::support::text::decimal;
use crate::support::value::{Object, Value};

/// Whether to fetch the key set although a fresh one is cached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refresh {
    /// Fetches the key set only if it is stale.
    IfStale,
    /// Fetches the key set even if it is fresh.
    Force,
}

/// The keys of one tenant.
pub trait KeySource {
    /// The keys that the configured tenant publishes.
    ///
    /// # Errors
    /// `signing_key_not_found`, `network_error`, `timeout`.
    #[allow(async_fn_in_trait, reason = "browsers and tests have one thread")]
    async fn signing_keys(&self, refresh: Refresh) -> Result<Rc<[RsaKey]>, Error>;

    /// Whether the key set may not be refetched for an unknown `kid`. True during the cool-down
    /// after a failed refetch, so that forged tokens cannot cause a flood of requests.
    fn cooling_down(&self) -> bool;

    /// Starts the cool-down after a refetch that did not bring the unknown `kid`.
    fn start_cool_down(&self);
}

/// Everything that the verification of an ID token needs.
pub struct Verifier<'a, K, P> {
    /// The keys of the configured tenant.
    pub keys: &'a K,
    /// Cryptography and the device's clock.
    pub platform: &'a P,
    /// The issuer, the client and the leeway to expect.
    pub config: &'a Config,
}

/// The purpose of the ID token. It decides which claims are required.
#[derive(Clone, Copy)]
pub enum Purpose<'a> {
    /// The token is the result of this sign-in.
    SignIn(&'a Transaction),
    /// The token proves that the user also owns another account, to link it to the signed-in one.
    Link {
        /// `sub` of the signed-in user.
        session_subject: &'a str,
        /// The device's clock, as the session's own sign-in has found it.
        clock: ClockOffset,
    },
}

/// The claims of an ID token that has passed every check. Only [`SignedIdToken::check_claims`]
/// makes one.
#[derive(Clone)]
pub struct IdToken {
    subject: String,
    claims: Object,
    claims_json: String,
    clock: ClockOffset,
}

impl IdToken {
    /// How far the device's clock is ahead of the tenant's, as far as this token tells.
    #[must_use]
    pub fn clock(&self) -> ClockOffset {
        self.clock
    }

    /// `sub`
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// A claim.
    #[must_use]
    pub fn claim(&self, name: &str) -> &Value {
        self.claims.get(name)
    }

    /// All claims, as the JSON text that was signed.
    #[must_use]
    pub fn claims_json(&self) -> &str {
        &self.claims_json
    }
}

/// Verifies an ID token completely, by the steps of OIDC Core 3.1.3.7 (see 3.2.2.11).
///
/// Step 1 (decryption) does not apply, because the application registers no encryption. Step 6
/// permits to skip the signature of tokens from the token endpoint. This function checks the
/// signature in every flow.
///
/// # Errors
/// The `id_token_…` codes, `signing_key_not_found`, `machine_token_forbidden`, and the errors of
/// [`KeySource`].
pub async fn verify<K: KeySource, P: Clock + Crypto>(
    verifier: &Verifier<'_, K, P>,
    token: &str,
    purpose: Purpose<'_>,
) -> Result<IdToken, Error> {
    let signed = UnverifiedIdToken::parse(token)?.check_signature(verifier).await?;
    // The keys may take seconds to arrive, so the clock is read after them.
    signed.check_claims(verifier.config, purpose, verifier.platform.now_ms())
}

/// An ID token that has been parsed and names the required algorithm. Nothing in it has been verified.
pub struct UnverifiedIdToken<'a> {
    parts: Parts<'a>,
    key_id: Option<String>,
    claims: Object,
}

/// An ID token that the tenant has signed. Its claims have not been checked.
pub struct SignedIdToken {
    claims: Object,
    claims_json: String,
}

impl<'a> UnverifiedIdToken<'a> {
    /// Parses a token and makes the checks that need no key.
    ///
    /// # Errors
    /// `id_token_malformed`, `id_token_algorithm`, `machine_token_forbidden`.
    #[inline(never)]
    pub fn parse(token: &'a str) -> Result<Self, Error> {
        let parts = jws::parse(token)
            .ok_or_else(|| malformed("it is not three parts of unpadded base64url"))?;
        let header = json::parse(&parts.header).and_then(Value::into_object);
        let header = header.ok_or_else(|| malformed("its header is not a JSON object"))?;
        let claims = json::parse(&parts.payload).and_then(Value::into_object);
        let claims = claims.ok_or_else(|| malformed("its payload is not a JSON object"))?;
        check_header(&header)?;
        // This check precedes the signature, so that a developer gets this error for a machine
        // token of any tenant.
        check_not_machine_token(&claims)?;
        Ok(Self { parts, key_id: key_id(&header)?, claims })
    }

    /// Verifies the signature with the configured tenant's published keys only (RFC 7515 5.2, OIDC
    /// Core 10.1). An unknown `kid` indicates a key rotation and causes one refetch.
    ///
    /// # Errors
    /// `signing_key_not_found`, `id_token_signature`, and the errors of [`KeySource`] and [`Crypto`].
    pub async fn check_signature<K: KeySource, P: Crypto>(
        self,
        verifier: &Verifier<'_, K, P>,
    ) -> Result<SignedIdToken, Error> {
        let keys = self.select_key_set(verifier.keys).await?;
        let mut refusal = (
            ErrorCode::SigningKeyNotFound,
            "the tenant publishes no key that could have signed the ID token: check `domain`; if the \
             tenant has just changed its keys, try again in a minute",
        );
        for key in jwk_set::select(&keys, self.key_id.as_deref()) {
            let Parts { signature, signing_input, .. } = &self.parts;
            let input = signing_input.as_bytes();
            match verifier.platform.verify_rs256(key, signature, input).await? {
                SignatureVerdict::Valid => {
                    let Self { claims, parts, .. } = self;
                    return Ok(SignedIdToken { claims, claims_json: parts.payload });
                }
                SignatureVerdict::Invalid => {
                    refusal = (
                        ErrorCode::IdTokenSignature,
                        "the ID token's signature is wrong: it was forged, or changed on its way; \
                         start the sign-in again, and trust nothing of this one",
                    );
                }
                SignatureVerdict::UnusableKey => {}
            }
        }
        let (code, message) = refusal;
        Err(Error::new(code, message))
    }

    /// The cached key set, or a refetched one if the cached one has no key for the token's `kid`.
    async fn select_key_set(&self, keys: &impl KeySource) -> Result<Rc<[RsaKey]>, Error> {
        let is_known =
            |keys: &[RsaKey]| jwk_set::select(keys, self.key_id.as_deref()).next().is_some();
        let remembered = keys.signing_keys(Refresh::IfStale).await?;
        if is_known(&remembered) || keys.cooling_down() {
            return Ok(remembered);
        }
        let refetched = keys.signing_keys(Refresh::Force).await?;
        if !is_known(&refetched) {
            keys.start_cool_down();
        }
        Ok(refetched)
    }
}

impl SignedIdToken {
    /// Checks that the token is for this application, belongs to this sign-in, and is valid now.
    ///
    /// # Errors
    /// The `id_token_…` codes of the claims.
    #[inline(never)]
    pub fn check_claims(
        self,
        config: &Config,
        purpose: Purpose<'_>,
        now_ms: f64,
    ) -> Result<IdToken, Error> {
        let Self { claims, claims_json } = self;
        check_issuer(&claims, &config.issuer)?;
        check_audience(&claims, &config.client_id)?;
        check_authorized_party(&claims, &config.client_id)?;
        let subject = check_subject(&claims, purpose)?;
        let leeway = config.leeway_seconds;
        // The nonce comes before the times, because it proves that `iat` is a time of this sign-in.
        let clock = match purpose {
            Purpose::SignIn(transaction) => {
                check_nonce(&claims, &transaction.nonce)?;
                check_clock(&claims, transaction.created_at_ms, now_ms, leeway)?
            }
            Purpose::Link { clock, .. } => {
                check_issued_at(&claims, clock.tenant_seconds(now_ms), leeway)?;
                clock
            }
        };
        let now = clock.tenant_seconds(now_ms);
        check_expiration(&claims, now, leeway)?;
        check_not_before(&claims, now, leeway)?;
        if let Purpose::SignIn(transaction) = purpose {
            if let Some(max_age_seconds) = transaction.max_age_seconds {
                // Where the clock is wrong, the time that has passed on it is right.
                let elapsed = (now_ms - transaction.created_at_ms) / 1000.0;
                let began = if clock == ClockOffset::default() {
                    now - elapsed
                } else {
                    issued_at(&claims)? - elapsed
                };
                check_auth_time(&claims, max_age_seconds, began..=now, leeway)?;
            }
            if let Some(organization) = &transaction.organization {
                check_organization(&claims, organization)?;
            }
        }
        Ok(IdToken { subject, claims, claims_json, clock })
    }
}

fn malformed(what: &str) -> Error {
    Error::with_message(ErrorCode::IdTokenMalformed, &["the ID token cannot be read: ", what])
        .with_reason(Reason::Malformed)
}

/// Checks the header. The algorithm is RS256, never the token's choice (RFC 8725 3.1, 3.2). The
/// token has no critical extension (RFC 7515 4.1.11) and is no other kind of JWT (RFC 8725 3.11).
fn check_header(header: &Object) -> Result<(), Error> {
    match header.get("alg") {
        Value::String(algorithm) if algorithm == "RS256" => {}
        other => {
            return Err(Error::new(
                ErrorCode::IdTokenAlgorithm,
                "the ID token is not signed with RS256: choose RS256 in the application's \
                 advanced settings in the Auth0 dashboard",
            )
            .with_reason(reason_of(other, other.as_str().is_some())));
        }
    }
    let malformed = |message: &'static str, value| {
        Err(Error::new(ErrorCode::IdTokenMalformed, message).with_reason(reason_of(value, false)))
    };
    if !matches!(header.get("crit"), Value::Absent) {
        return malformed("the ID token's header demands an extension", header.get("crit"));
    }
    match header.get("typ") {
        Value::Absent => Ok(()),
        Value::String(kind) if kind.eq_ignore_ascii_case("JWT") => Ok(()),
        other => malformed("the ID token's header says that it is another kind of token", other),
    }
}

/// `kid`, which is optional and a string (RFC 7515 4.1.4).
fn key_id(header: &Object) -> Result<Option<String>, Error> {
    match header.get("kid") {
        Value::Absent => Ok(None),
        Value::String(key_id) => Ok(Some(key_id.clone())),
        _ => Err(Error::new(ErrorCode::IdTokenMalformed, "the ID token's `kid` is not a string")
            .with_reason(Reason::Malformed)),
    }
}

/// Refuses a token of the client credentials grant: it can only come from a secret that was shipped
/// to a browser. Auth0 marks such tokens by `gty` and by the suffix of `sub`.
pub(crate) fn check_not_machine_token(claims: &Object) -> Result<(), Error> {
    let by_grant = match claims.get("gty") {
        Value::String(grant) => is_machine_grant(grant),
        Value::Array(grants) => grants.iter().filter_map(Value::as_str).any(is_machine_grant),
        _ => false,
    };
    let by_subject = claims.get("sub").as_str().is_some_and(|sub| sub.ends_with("@clients"));
    if by_grant || by_subject {
        return Err(Error::new(
            ErrorCode::MachineTokenForbidden,
            "this is a machine-to-machine token: it needs a client secret and must never be in a \
             browser; sign the user in with this library instead, and rotate the secret",
        ));
    }
    Ok(())
}

fn is_machine_grant(grant: &str) -> bool {
    matches!(grant, "client-credentials" | "client_credentials")
}

/// Step 2: `iss` is exactly the tenant's issuer.
fn check_issuer(claims: &Object, expected_issuer: &str) -> Result<(), Error> {
    match claims.get("iss") {
        Value::String(issuer) if issuer == expected_issuer => Ok(()),
        other => text_claim_error(
            ErrorCode::IdTokenIssuer,
            "the ID token's `iss` is not the tenant: `domain` must be the host that signs users \
             in, which is the custom domain where there is one",
            other,
        ),
    }
}

/// Step 3: `aud` is this application, alone or among others.
fn check_audience(claims: &Object, expected_client_id: &str) -> Result<(), Error> {
    let claim = claims.get("aud");
    let audiences = claim.as_strings();
    if audiences.as_ref().is_some_and(|audiences| audiences.contains(&expected_client_id)) {
        return Ok(());
    }
    claim_error(
        ErrorCode::IdTokenAudience,
        "the ID token's `aud` is not this application: check `clientId`",
        claim,
        audiences.is_some(),
    )
}

/// Steps 4 and 5: several audiences require `azp`. If `azp` is present, it is this application.
fn check_authorized_party(claims: &Object, expected_client_id: &str) -> Result<(), Error> {
    let needed = matches!(claims.get("aud"), Value::Array(audiences) if audiences.len() > 1);
    match claims.get("azp") {
        Value::Absent if !needed => Ok(()),
        Value::String(party) if party == expected_client_id => Ok(()),
        other => text_claim_error(
            ErrorCode::IdTokenAuthorizedParty,
            "the ID token's `azp` is not this application: check `clientId`",
            other,
        ),
    }
}

/// `sub` is present (OIDC Core 2). For linking, it is another user than the signed-in one.
fn check_subject(claims: &Object, purpose: Purpose<'_>) -> Result<String, Error> {
    let claim = claims.get("sub");
    match (claim.as_str(), purpose) {
        (Some(""), _) | (None, _) => claim_error(
            ErrorCode::IdTokenSubject,
            "the ID token names no user in `sub`",
            claim,
            false,
        ),
        (Some(same), Purpose::Link { session_subject, .. }) if same == session_subject => {
            text_claim_error(
                ErrorCode::IdTokenSubject,
                "this ID token is the signed-in user's own: sign in to the other account to link it",
                claim,
            )
        }
        (Some(subject), _) => Ok(subject.to_owned()),
    }
}

/// Step 9: the current time is before `exp`.
fn check_expiration(claims: &Object, now: f64, leeway: f64) -> Result<(), Error> {
    let code = ErrorCode::IdTokenExpired;
    let Some(expires) = claims.get("exp").as_number() else {
        return claim_error(code, "the ID token's `exp` is not a time", claims.get("exp"), false);
    };
    if now < expires + leeway {
        return Ok(());
    }
    Err(clock_skew_error(
        code,
        ["the ID token expired ", " ago by this device's clock"],
        now - expires,
    ))
}

/// Step 10 for a sign-in: the ID token was issued between the start of the sign-in and now, by a clock that is wrong by no
/// more than a day. A token from long before can only have been injected.
fn check_clock(
    claims: &Object,
    began_ms: f64,
    received_ms: f64,
    leeway: f64,
) -> Result<ClockOffset, Error> {
    let issued = issued_at(claims)?;
    let clock = ClockOffset::estimate(began_ms, received_ms, issued, leeway);
    if clock.seconds() > MAX_OFFSET_SECONDS {
        let words =
            ["the ID token was issued ", " before this sign-in began by this device's clock"];
        return Err(clock_skew_error(ErrorCode::IdTokenIssuedAt, words, clock.seconds()));
    }
    if clock.seconds() < -MAX_OFFSET_SECONDS {
        return Err(issued_in_the_future(-clock.seconds()));
    }
    Ok(clock)
}

/// Step 10 for linking: `iat` is not in the future.
fn check_issued_at(claims: &Object, now: f64, leeway: f64) -> Result<(), Error> {
    let issued = issued_at(claims)?;
    if issued > now + leeway { Err(issued_in_the_future(issued - now)) } else { Ok(()) }
}

fn issued_at(claims: &Object) -> Result<f64, Error> {
    let claim = claims.get("iat");
    match claim.as_number() {
        Some(issued) => Ok(issued),
        None => {
            let message = "the ID token's `iat` is not a time";
            claim_error(ErrorCode::IdTokenIssuedAt, message, claim, false)
        }
    }
}

fn issued_in_the_future(seconds: f64) -> Error {
    let words = ["the ID token was issued ", " in the future by this device's clock"];
    clock_skew_error(ErrorCode::IdTokenIssuedAt, words, seconds)
}

/// `nbf` is optional and not in the future (RFC 7519 4.1.5).
fn check_not_before(claims: &Object, now: f64, leeway: f64) -> Result<(), Error> {
    let code = ErrorCode::IdTokenIssuedAt;
    match (claims.get("nbf"), claims.get("nbf").as_number()) {
        (Value::Absent, _) => Ok(()),
        (_, Some(begins)) if begins <= now + leeway => Ok(()),
        (_, Some(begins)) => {
            let words =
                ["the ID token (`nbf`) is not valid until ", " from now by this device's clock"];
            Err(clock_skew_error(code, words, begins - now))
        }
        (other, None) => claim_error(code, "the ID token's `nbf` is not a time", other, false),
    }
}

/// `nonce` is the nonce of this sign-in (OIDC Core 3.2.2.11). Otherwise the token belongs to
/// another sign-in.
fn check_nonce(claims: &Object, expected_nonce: &Nonce) -> Result<(), Error> {
    match claims.get("nonce") {
        Value::String(nonce) if expected_nonce.matches(nonce) => Ok(()),
        other => text_claim_error(
            ErrorCode::IdTokenNonce,
            "the ID token's `nonce` is not the one of this sign-in: start it again",
            other,
        ),
    }
}

/// Step 13: where `max_age` was asked for, the user signed in no longer ago than that when this sign-in began. A person who
/// takes two minutes for a second factor is not refused.
fn check_auth_time(
    claims: &Object,
    max_age_seconds: u32,
    sign_in: RangeInclusive<f64>,
    leeway: f64,
) -> Result<(), Error> {
    let claim = claims.get("auth_time");
    let time = claim.as_number();
    let earliest = sign_in.start() - f64::from(max_age_seconds) - leeway;
    if time.is_some_and(|time| (earliest..=sign_in.end() + leeway).contains(&time)) {
        return Ok(());
    }
    claim_error(
        ErrorCode::IdTokenAuthTime,
        "the user did not sign in within `maxAge`: start the sign-in again with `prompt: \"login\"`",
        claim,
        time.is_some(),
    )
}

/// The token carries the requested organization: an ID in `org_id`, a name in `org_name`. Auth0
/// writes names in lower case.
fn check_organization(claims: &Object, expected_organization: &str) -> Result<(), Error> {
    let (claim, expected) = if expected_organization.starts_with("org_") {
        (claims.get("org_id"), expected_organization.to_owned())
    } else {
        (claims.get("org_name"), expected_organization.to_ascii_lowercase())
    };
    match claim {
        Value::String(organization) if *organization == expected => Ok(()),
        other => text_claim_error(
            ErrorCode::IdTokenOrganization,
            "the user did not sign in to the organization that was asked for",
            other,
        ),
    }
}

/// The error for a claim that must be a string.
fn text_claim_error<T>(code: ErrorCode, message: &'static str, claim: &Value) -> Result<T, Error> {
    claim_error(code, message, claim, claim.as_str().is_some())
}

/// The error for a claim.
fn claim_error<T>(
    code: ErrorCode,
    message: &'static str,
    claim: &Value,
    well_formed: bool,
) -> Result<T, Error> {
    Err(Error::new(code, message).with_reason(reason_of(claim, well_formed)))
}

/// Whether the claim is missing, has the wrong type or has the wrong value.
fn reason_of(claim: &Value, well_formed: bool) -> Reason {
    match claim {
        Value::Absent => Reason::Missing,
        _ if well_formed => Reason::Mismatch,
        _ => Reason::Malformed,
    }
}

/// The error for a time claim. The message names the difference, because a wrong clock is the usual
/// cause.
fn clock_skew_error(code: ErrorCode, [before, after]: [&str; 2], seconds: f64) -> Error {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
    let seconds = decimal(seconds.ceil() as u64);
    let remedy = ": check the clock, then sign in again";
    Error::with_message(code, &[before, &seconds, " seconds", after, remedy])
        .with_reason(Reason::Mismatch)
}
