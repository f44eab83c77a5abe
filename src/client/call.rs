//! What a method of the client is doing, as a future.

use std::pin::Pin;
use std::task::{Context, Poll};

use js_sys::Promise;
use js_sys::futures::JsFuture;
use wasm_bindgen::JsValue;

use crate::browser::task::{Boxed, Started, start};
use crate::browser::values::from_thrown;
use crate::error::Error;

/// A call under way: a future for any executor, such as `wasm_bindgen_futures::spawn_local`, that of
/// Yew or of Leptos. Borrows nothing, and is not [`Send`], as nothing of the browser's is.
///
/// Dropping it stops it: a request is called off, a window closed. Two things go on, since others may
/// be waiting for them: `handle_redirect_callback` and `check_session`.
#[must_use = "a call does nothing until it is awaited"]
pub struct Call<T> {
    state: State,
    read: fn(&JsValue) -> Result<T, Error>,
}

enum State {
    /// Nobody has awaited it yet.
    Prepared(Option<Result<Boxed, Error>>),
    /// It runs; where nobody else waits for it, until this is dropped.
    Running { answer: JsFuture, _task: Option<Started> },
}

impl<T> Call<T> {
    pub(super) fn new(
        future: Result<Boxed, Error>,
        read: fn(&JsValue) -> Result<T, Error>,
    ) -> Self {
        Self { state: State::Prepared(Some(future)), read }
    }

    /// For what others may be waiting for as well, and so runs by itself.
    pub(super) fn shared(promise: Promise, read: fn(&JsValue) -> Result<T, Error>) -> Self {
        Self { state: State::Running { answer: promise.into(), _task: None }, read }
    }
}

impl<T> Future for Call<T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let read = self.read;
        if let State::Prepared(future) = &mut self.state
            && let Some(future) = future.take()
        {
            let (promise, started) = start(future);
            self.state = State::Running { answer: promise.into(), _task: Some(started) };
        }
        let State::Running { answer, .. } = &mut self.state else {
            return Poll::Pending;
        };
        Pin::new(answer).poll(context).map(|result| match result {
            Ok(value) => read(&value),
            Err(thrown) => Err(from_thrown(&thrown)),
        })
    }
}

impl<T> std::fmt::Debug for Call<T> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Call")
    }
}
