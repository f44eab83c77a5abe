//! A sign-in from the tenant's response to the verified tokens: the page to read first.
//!
//! A redirect and a message from a window or frame take the same ten steps, in this order (OIDC Core 3.2.2.8
//! to 3.2.2.11, RFC 9700 2.1 and 4.2 to 4.9). The file of each call holds its rules.
//!
//! | steps | redirect | popup, hidden frame |
//! | --- | --- | --- |
//! | 1, 2 | [`receive_redirect`] | [`receive_message`] |
//! | 3 | [`match_state`] | [`receive_message`] |
//! | 4 to 10 | [`complete`] | [`complete`] |

use super::access_token::{AccessToken, UnverifiedAccessToken, token_expired};
use super::address_bar::{self, Removal, WrittenBack};
use super::id_token::{IdToken, KeySource, Purpose, UnverifiedIdToken, Verifier};
use super::response::{
    AuthorizationResponse, ResponseParameters, ResponseUrl, Tokens, find_response,
};
use super::transaction::{Transaction, client_key, state_mismatch};
use super::transaction_record::{self, StateLookup};
use super::web_message;
use crate::error::{Error, Reason};
use crate::options::Config;
use crate::platform::{Clock, Crypto, MessageTarget, Navigation, StateStore, Tasks};
use crate::scope::CurrentUserScopes;

/// What [`receive_redirect`] has found.
pub struct ReceivedRedirect {
    /// The URL that was looked at.
    pub url: String,
    /// The page's address before the response left it.
    pub address: String,
    /// The page's address after the removal. Empty if nothing was removed.
    pub clean_address: String,
    /// The response, where the URL holds one.
    pub parameters: Option<ResponseParameters>,
}

/// A response whose `state` belongs to a pending sign-in of this client. That sign-in is used up.
pub struct MatchedResponse {
    transaction: Box<Transaction>,
    parameters: ResponseParameters,
}

/// A sign-in that has passed all ten steps. Only [`complete`] makes one.
pub struct VerifiedSignIn {
    id_token: IdToken,
    encoded_id_token: String,
    access_token: AccessToken,
    granted: CurrentUserScopes,
    missing: CurrentUserScopes,
    expires_at_ms: f64,
    app_state: Option<String>,
}

/// Redeems the code of the Authorization Code grant at the tenant's token endpoint (RFC 6749 4.1.3).
pub trait TokenEndpoint {
    /// Sends the code with the sign-in's code verifier and reads the answer.
    ///
    /// # Errors
    /// `authorization_error` and its kin, `rate_limited`, `network_error`, `timeout`.
    #[allow(async_fn_in_trait, reason = "browsers and tests have one thread")]
    async fn redeem(&self, transaction: &Transaction, code: &str) -> Result<Tokens, Error>;
}

/// Steps 1 and 2 of a redirect. Looks at `given`, by default the page's address.
///
/// # Errors
/// The refusal of `given`. The page's address loses its response all the same.
pub fn receive_redirect<P>(
    platform: &P,
    config: &Config,
    given: Result<Option<String>, Error>,
    written_back: &WrittenBack,
) -> Result<ReceivedRedirect, Error>
where
    P: Clock + Navigation + StateStore + Tasks + Clone + 'static,
{
    // 1. The response is found. Everything else in a URL is the application's own.
    let find = |url: &str| find(platform, config, url);
    // 2. The response leaves the page's address, history entry and history.state before anything can fail (RFC 9700 4.3.2).
    let remove = |found: &ResponseUrl| {
        let secrets = found.parameters.secrets().map(str::to_owned).collect();
        let removal = Removal { clean_url: found.clean_url.clone(), secrets };
        address_bar::remove(platform, removal, written_back);
        platform.address()
    };
    let address = platform.address();
    let in_address = find(&address);
    let elsewhere = match &given {
        Ok(Some(url)) if *url != address => find(url),
        _ => None,
    };
    let asks_for_address =
        given.as_ref().map_or(true, |url| url.as_ref().is_none_or(|url| *url == address));
    // If the address holds another response than `given`, that stays there.
    let leaves = in_address.as_ref().filter(|in_address| {
        asks_for_address
            || elsewhere
                .as_ref()
                .is_some_and(|it| it.parameters.answers_the_same(&in_address.parameters))
    });
    let clean_address = leaves.map(remove).unwrap_or_default();
    let url = given?.unwrap_or_else(|| address.clone());
    let found = if asks_for_address { in_address } else { elsewhere };
    let parameters = found.map(|found| found.parameters);
    Ok(ReceivedRedirect { url, address, clean_address, parameters })
}

/// The response in a URL, for any client.
pub fn find<P: StateStore>(platform: &P, config: &Config, url: &str) -> Option<ResponseUrl> {
    find_response(url, config.flow, &|state| is_pending(platform, config, state))
}

/// Whether the URL holds the response to a pending sign-in of this client.
pub fn holds_own_response<P: StateStore>(platform: &P, config: &Config, url: &str) -> bool {
    let found = find(platform, config, url);
    let state = found.as_ref().and_then(|found| found.parameters.state().ok().flatten());
    state.is_some_and(|state| {
        let lookup = transaction_record::look_up(platform, config.transaction_store, state);
        matches!(lookup, StateLookup::Pending(it) if it.client_key == client_key(config))
    })
}

fn is_pending<P: StateStore>(platform: &P, config: &Config, state: &str) -> bool {
    let lookup = || transaction_record::look_up(platform, config.transaction_store, state);
    !state.is_empty() && matches!(lookup(), StateLookup::Pending(_))
}

/// Step 3 of a redirect. Uses up the pending sign-in only if it belongs to this client. A forged or misdirected response
/// leaves it pending.
///
/// # Errors
/// `state_mismatch`; `invalid_response` for two `state`s; `invalid_configuration` where the store cannot be
/// written.
pub fn match_state<P: Clock + StateStore>(
    platform: &P,
    config: &Config,
    parameters: ResponseParameters,
) -> Result<MatchedResponse, Error> {
    let store = config.transaction_store;
    // 3. `state` is there once, belongs to a sign-in that this client began, and works once (RFC 6749 10.12).
    let state = parameters.state()?.ok_or_else(|| state_mismatch(Reason::Missing))?;
    let transaction = match transaction_record::look_up(platform, store, state) {
        StateLookup::Pending(transaction) => transaction,
        StateLookup::Used => return Err(state_mismatch(Reason::Used)),
        StateLookup::Unknown => return Err(state_mismatch(Reason::Unknown)),
    };
    transaction.check_belongs(config, state, platform.now_ms())?;
    let consumed = transaction_record::consume(platform, store, state);
    consumed.map_err(|error| error.with_app_state(transaction.app_state.clone()))?;
    Ok(MatchedResponse { transaction, parameters })
}

/// Steps 1 to 3 of a window or frame. Loads `url` there and waits for the answer.
///
/// # Errors
/// `popup_closed`, `timeout`.
pub async fn receive_message<T: MessageTarget>(
    target: T,
    config: &Config,
    transaction: Box<Transaction>,
    url: &str,
    timeout_ms: u32,
) -> Result<MatchedResponse, Error> {
    target.navigate(url, timeout_ms);
    loop {
        let event = target.next_event().await;
        // 1 to 3. The answer comes from the tenant's origin, from the window that was opened for it, and carries this
        // sign-in's `state` (RFC 9700 4.17). It never was in an address.
        if let Some(parameters) = web_message::accept(event, &config.origin, &transaction.state)? {
            return Ok(MatchedResponse { transaction, parameters });
        }
    }
}

/// Steps 4 to 10 of every sign-in.
///
/// # Errors
/// Every code from `invalid_response` to `machine_token_forbidden`, `token_expired`, and what the network and the
/// platform fail with; all with the sign-in's `appState`.
pub async fn complete<K: KeySource, P: Clock + Crypto>(
    verifier: &Verifier<'_, K, P>,
    token_endpoint: &impl TokenEndpoint,
    response: MatchedResponse,
) -> Result<VerifiedSignIn, Error> {
    let MatchedResponse { transaction, parameters } = response;
    let verified = verify(verifier, token_endpoint, &transaction, &parameters).await;
    // A failed sign-in whose state matched gives the application its own state back.
    verified.map_err(|error| error.with_app_state(transaction.app_state))
}

async fn verify<K: KeySource, P: Clock + Crypto>(
    verifier: &Verifier<'_, K, P>,
    token_endpoint: &impl TokenEndpoint,
    transaction: &Transaction,
    parameters: &ResponseParameters,
) -> Result<VerifiedSignIn, Error> {
    let Verifier { platform, config, .. } = *verifier;
    // 4. No parameter is there twice, and `iss`, where it is there, is the tenant (RFC 6749 3.1, RFC 9207).
    parameters.check_unambiguous()?;
    parameters.check_issuer(&config.issuer)?;
    // 5. The tenant did not answer with an error (RFC 6749 4.2.2.1).
    parameters.check_no_error()?;
    // 6. It answered with what the flow asks for. A code is redeemed for the tokens.
    let tokens = match parameters.authorization_response(config.flow)? {
        AuthorizationResponse::Tokens(tokens) => tokens,
        AuthorizationResponse::Code(code) => token_endpoint.redeem(transaction, &code).await?,
    };
    let received_ms = platform.now_ms();
    // 7. The ID token is signed with RS256, by a key that the configured tenant publishes (RFC 7515 5.2).
    let unverified = UnverifiedIdToken::parse(&tokens.id_token)?;
    let signed = unverified.check_signature(verifier).await?;
    // 8. It is for this application, of this sign-in, and of now (OIDC Core 3.1.3.7, 3.2.2.11).
    let id_token = signed.check_claims(config, Purpose::SignIn(transaction), platform.now_ms())?;
    // 9. `at_hash` ties the access token to it (OIDC Core 3.2.2.9).
    let unverified = UnverifiedAccessToken::parse(&tokens.access_token)?;
    let bound = unverified.check_hash(platform, config.flow, &id_token).await?;
    // 10. The access token is for this tenant's Management API and this user, and it has not expired.
    let claims = bound.check_claims(config, &id_token)?;
    let expires_at_ms = id_token.clock().device_ms(claims.expires_at_seconds);
    let expires_at_ms = expires_at_ms.min(tokens.expires_at_ms(received_ms));
    // A JavaScript Date can name no later moment.
    let expires_at_ms = expires_at_ms.min(8.64e15).floor();
    if expires_at_ms <= platform.now_ms() {
        return Err(token_expired());
    }
    Ok(VerifiedSignIn {
        id_token,
        encoded_id_token: tokens.id_token,
        access_token: tokens.access_token,
        granted: claims.granted,
        missing: transaction.scopes.current_user().without(claims.granted),
        expires_at_ms,
        app_state: transaction.app_state.clone(),
    })
}

impl VerifiedSignIn {
    /// The verified ID token.
    pub fn id_token(&self) -> &IdToken {
        &self.id_token
    }

    /// The ID token as it was received.
    pub fn encoded_id_token(&self) -> &str {
        &self.encoded_id_token
    }

    /// The access token that belongs to the ID token.
    pub fn access_token(&self) -> &AccessToken {
        &self.access_token
    }

    /// The granted scopes that this library knows.
    pub fn granted(&self) -> CurrentUserScopes {
        self.granted
    }

    /// The scopes that were requested and not granted.
    pub fn missing(&self) -> CurrentUserScopes {
        self.missing
    }

    /// When the access token expires, in milliseconds since the epoch.
    pub fn expires_at_ms(&self) -> f64 {
        self.expires_at_ms
    }

    /// What the application gave along, as JSON text.
    pub fn app_state(&self) -> Option<&str> {
        self.app_state.as_deref()
    }
}
