//! The request of a permitted operation, as data. [`build`] needs the guard's [`Permit`].

use crate::error::{Error, ErrorCode, Reason};
use crate::oidc::id_token::IdToken;
use crate::oidc::sign_in::VerifiedSignIn;
use crate::operation::Method;
use crate::options::Config;
use crate::session::Permit;
use crate::support::json::ObjectWriter;
use crate::support::tagged_json::from_tagged_json;
use crate::support::text::{concat, split};
use crate::support::url::percent_encode;
use crate::support::value::Value;

/// A permitted request.
pub struct Request {
    /// HTTP method.
    pub method: Method,
    /// Absolute URL, on the tenant's origin.
    pub url: String,
    /// The body, as JSON text.
    pub body: Option<String>,
}

/// The checked arguments of an operation.
pub struct Arguments {
    segments: Vec<String>,
    body: Option<String>,
}

impl Arguments {
    /// For operations without arguments.
    pub const NONE: Self = Self { segments: Vec::new(), body: None };

    /// For operations whose path contains an ID or a provider.
    ///
    /// # Errors
    /// `invalid_argument`
    pub fn segment(name: &str, value: &Value) -> Result<Self, Error> {
        Ok(Self { segments: vec![argument_text(name, value)?.to_owned()], body: None })
    }

    /// For `unlinkIdentity`. Removes the `provider|` prefix of the user ID, because the API answers
    /// a prefixed one with success and does nothing.
    ///
    /// # Errors
    /// `invalid_argument`
    pub fn identity(provider: &Value, user_id: &Value) -> Result<Self, Error> {
        let provider = argument_text("provider", provider)?;
        let user_id = argument_text("userId", user_id)?;
        let bare = user_id.strip_prefix(provider).and_then(|rest| rest.strip_prefix("|"));
        let segments = [provider, bare.unwrap_or(user_id)].map(str::to_owned).to_vec();
        Ok(Self { segments, body: None })
    }

    /// For `linkIdentity`: a body with `link_with` alone. The [`IdToken`] proves that the token was
    /// verified.
    #[must_use]
    pub fn link_with(_verified: &IdToken, token: &str) -> Self {
        // A verified token consists of base64url and dots, which JSON does not escape.
        Self { segments: Vec::new(), body: Some(concat(&["{\"link_with\":\"", token, "\"}"])) }
    }

    /// For `linkIdentityWithPopup`: links the account of a second sign-in.
    ///
    /// # Errors
    /// `id_token_subject` where it is the signed-in user again. Whether the e-mail address is verified does not matter: the
    /// person has signed in to both accounts.
    pub fn link_other(other: &VerifiedSignIn, session_subject: &str) -> Result<Self, Error> {
        let refusal = |message| {
            Err(Error::new(ErrorCode::IdTokenSubject, message).with_reason(Reason::Mismatch))
        };
        if other.id_token().subject() == session_subject {
            return refusal("this is the signed-in user again: sign in to the other account");
        }
        Ok(Self::link_with(other.id_token(), other.encoded_id_token()))
    }

    /// For `patchUserMetadata`: a body with `user_metadata` alone. `description` is the metadata as
    /// [tagged JSON](from_tagged_json).
    ///
    /// # Errors
    /// `invalid_argument` unless the metadata is an object that JSON can represent fully. Also for
    /// an empty object, which would erase everything.
    pub fn metadata(description: &str) -> Result<Self, Error> {
        let metadata = from_tagged_json(description);
        let Some(Value::Object(members)) = &metadata else {
            return Err(invalid("`metadata` must be a plain object"));
        };
        if members.0.is_empty() {
            return Err(invalid(
                "an empty `metadata` would erase everything: to do that, call clearUserMetadata",
            ));
        }
        if !metadata.as_ref().is_some_and(Value::is_json) {
            return Err(invalid(
                "`metadata` holds something that JSON cannot say (undefined, a function, NaN, a \
                 BigInt, a Date or another object of a class, or itself): leave it out, or set the \
                 key to null to delete it",
            ));
        }
        Ok(Self::user_metadata(description))
    }

    /// For `clearUserMetadata`.
    #[must_use]
    pub fn no_metadata() -> Self {
        Self::user_metadata("{}")
    }

    fn user_metadata(json: &str) -> Self {
        Self { segments: Vec::new(), body: Some(concat(&["{\"user_metadata\":", json, "}"])) }
    }

    /// For `createDeviceCredential`.
    ///
    /// # Errors
    /// `invalid_argument` for a field that is missing, empty, too long, or of the wrong type.
    pub fn device_credential(credential: &Value) -> Result<Self, Error> {
        let Value::Object(fields) = credential else {
            return Err(invalid("`credential` must be an object"));
        };
        let mut body = ObjectWriter::default();
        for name in CREDENTIAL_FIELDS {
            if name != "client_id" || !matches!(fields.get(name), Value::Absent) {
                body.text(name, argument_text(name, fields.get(name))?);
            }
        }
        if fields.get("type").as_str() != Some("public_key") {
            return Err(invalid("`type` must be \"public_key\""));
        }
        // The limit is the length of a UUID (Management API reference).
        if fields.get("device_id").as_str().is_some_and(|id| id.chars().count() > 36) {
            return Err(invalid("`device_id` must have at most 36 characters"));
        }
        if let Some((name, _)) =
            fields.0.iter().find(|(name, _)| !CREDENTIAL_FIELDS.contains(&name.as_str()))
        {
            let message = ["`", name, "` is not a field of a device credential"];
            return Err(Error::with_message(ErrorCode::InvalidArgument, &message));
        }
        Ok(Self { segments: Vec::new(), body: Some(body.end()) })
    }
}

/// The fields of a device credential (Management API reference). `client_id` is optional.
const CREDENTIAL_FIELDS: [&str; 5] = ["device_name", "type", "value", "device_id", "client_id"];

/// Builds the request of a permitted operation from its row of the table.
///
/// Each argument is exactly one path segment, percent-encoded once (RFC 3986 3.3).
///
/// # Errors
/// `invalid_argument` for a segment that changes the path in every encoding.
pub fn build(config: &Config, permit: &Permit<'_>, arguments: Arguments) -> Result<Request, Error> {
    let endpoint = permit.operation().endpoint();
    let mut url = concat(&[&config.origin, "/api/v2"]);
    let mut segments = arguments.segments.iter().map(String::as_str);
    for part in split(endpoint.path, b'/') {
        url.push('/');
        let segment = match part {
            "{sub}" => permit.subject(),
            "{}" => segments.next().unwrap_or_default(),
            fixed => fixed,
        };
        // URL parsers resolve `.` and `..` even if the dots are percent-encoded.
        if matches!(segment, "" | "." | "..") {
            return Err(invalid("an id or provider must not be empty, `.` or `..`"));
        }
        percent_encode(segment, &mut url);
    }
    Ok(Request { method: endpoint.method, url, body: arguments.body })
}

fn argument_text<'a>(name: &str, value: &'a Value) -> Result<&'a str, Error> {
    value.as_str().filter(|text| !text.is_empty()).ok_or_else(|| {
        Error::with_message(
            ErrorCode::InvalidArgument,
            &["`", name, "` must be a string that is not empty"],
        )
    })
}

/// The error for an argument.
pub(crate) fn invalid(message: &'static str) -> Error {
    Error::new(ErrorCode::InvalidArgument, message)
}
