//! What a method of the client is doing, as a future.

use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

use js_sys::Promise;
use wasm_bindgen::JsValue;

use crate::browser::task::{Boxed, settled};
use crate::browser::values::from_thrown;
use crate::error::Error;

/// A call under way: a future for any executor, such as `wasm_bindgen_futures::spawn_local`, that of
/// Yew or of Leptos. Borrows nothing, and is not [`Send`], as nothing of the browser's is.
///
/// Dropping it stops it: a request is called off, a window closed. Two things go on, since others may
/// be waiting for them: `handle_redirect_callback` and `check_session`.
#[must_use = "a call does nothing until it is awaited"]
pub struct Call<T> {
    future: Boxed,
    read: fn(&JsValue) -> Result<T, Error>,
    relay: Arc<Relay>,
}

impl<T> Call<T> {
    pub(super) fn new(
        future: Result<Boxed, Error>,
        read: fn(&JsValue) -> Result<T, Error>,
    ) -> Self {
        let future = future.unwrap_or_else(|error| Box::pin(ready(Err(error))));
        Self { future, read, relay: Arc::default() }
    }

    /// For what others may be waiting for as well, and so runs by itself.
    pub(super) fn shared(promise: Promise, read: fn(&JsValue) -> Result<T, Error>) -> Self {
        let waiting = async move { settled(&promise).await.map_err(|thrown| from_thrown(&thrown)) };
        Self::new(Ok(Box::pin(waiting)), read)
    }
}

impl<T> Future for Call<T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.relay.set(context.waker());
        let waker = Waker::from(self.relay.clone());
        let polled = self.future.as_mut().poll(&mut Context::from_waker(&waker));
        polled.map(|result| result.and_then(|value| (self.read)(&value)))
    }
}

impl<T> std::fmt::Debug for Call<T> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Call")
    }
}

/// Wakes whoever polled last: a call may begin in one task and go on in another, while what it waits
/// for keeps the first waker that it has seen.
#[derive(Default)]
struct Relay(Mutex<Option<Waker>>);

impl Relay {
    fn set(&self, waker: &Waker) {
        if let Ok(mut place) = self.0.lock() {
            place.replace(waker.clone());
        }
    }
}

impl Wake for Relay {
    fn wake(self: Arc<Self>) {
        let waker = self.0.lock().ok().and_then(|place| place.clone());
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}
