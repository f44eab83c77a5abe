//! Calls of the Management API: guarded, sent, answered.

use std::rc::Rc;

use super::send::{OutgoingRequest, send};
use super::{Client, Started};
use crate::error::Error;
use crate::management::request::{self, Arguments};
use crate::management::response;
use crate::oidc::id_token::{self, Purpose};
use crate::operation::{Operation, ResponseBody as ExpectedBody};
use crate::platform::{HttpResponse, Platform, RequestBody, ResponseBody};
use crate::session::guard;
use crate::support::value::Value;

impl<P: Platform> Client<P> {
    /// Sends a permitted operation's request. The answer is `None` for an operation whose answer carries nothing.
    ///
    /// Whether the operation is permitted counts before its arguments. Nothing is sent before the future is polled.
    ///
    /// # Errors
    /// As [`guard`]; the refusal of the arguments.
    pub(crate) fn call(
        self: &Rc<Self>,
        operation: Operation,
        arguments: Result<Arguments, Error>,
    ) -> Started<Option<P::Body>> {
        let session = self.session();
        let permit = guard(session.as_deref(), operation, self.platform.now_ms())?;
        let request = request::build(&self.config, &permit, arguments?)?;
        let outgoing = OutgoingRequest {
            method: request.method,
            url: request.url,
            body: request.body.map(|text| RequestBody { content_type: "application/json", text }),
            clock: self.clock(),
        };
        let subject = permit.subject().to_owned();
        let (client, logouts) = (self.clone(), self.logouts.get());
        Ok(Box::pin(async move {
            // Asked before each attempt: a renewed session has another token, an ended one has none.
            let authorization = || {
                client.check_not_logged_out(logouts)?;
                client.check_subject(&subject)?;
                let session = client.session();
                let permit = guard(session.as_deref(), operation, client.platform.now_ms())?;
                Ok(Some(permit.authorization()))
            };
            let answer = send(&client.platform, &client.config, &outgoing, &authorization).await?;
            read_response(operation, answer.response, answer.wait_ms)
        }))
    }

    /// Verifies the ID token of another account and links that account to the signed-in user.
    ///
    /// # Errors
    /// As [`guard`]; `invalid_argument`.
    pub(crate) fn link_identity(self: &Rc<Self>, id_token: &Value) -> Started<Option<P::Body>> {
        let subject = self.check_permitted(Operation::LinkIdentity)?;
        let clock = self.clock();
        let token = id_token.as_str().filter(|token| !token.is_empty());
        let token = token
            .ok_or_else(|| request::invalid("`idToken` must be the ID token as a string"))?
            .to_owned();
        let client = self.clone();
        Ok(Box::pin(async move {
            let purpose = Purpose::Link { session_subject: &subject, clock };
            let verified = id_token::verify(&client.verifier(), &token, purpose).await?;
            let arguments = Arguments::link_with(&verified, &token);
            client.call_for(&subject, Operation::LinkIdentity, arguments)?.await
        }))
    }

    /// Sends a request that was prepared for one user, unless the session is another user's by now.
    pub(super) fn call_for(
        self: &Rc<Self>,
        subject: &str,
        operation: Operation,
        arguments: Arguments,
    ) -> Started<Option<P::Body>> {
        self.check_subject(subject)?;
        self.call(operation, Ok(arguments))
    }
}

fn read_response<B: ResponseBody>(
    operation: Operation,
    response: HttpResponse<B>,
    wait_ms: Option<f64>,
) -> Result<Option<B>, Error> {
    let HttpResponse { status, body, .. } = response;
    if !(200..300).contains(&status) {
        return Err(response::to_error(operation, status, &body.to_json(), wait_ms));
    }
    if !response::is_expected(operation, &body.outline()) {
        return Err(response::unreadable(status));
    }
    let carries_nothing = operation.endpoint().response_body == ExpectedBody::Nothing;
    Ok((!carries_nothing).then_some(body))
}
