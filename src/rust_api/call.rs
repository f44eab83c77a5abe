//! A method of the client under way, as a future.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use js_sys::futures::JsFuture;

use crate::browser::Browser;
use crate::browser::tasks::SpawnedTask;
use crate::client::{Started, unexpected_failure};
use crate::error::Error;
use crate::platform::{LocalBoxFuture, Tasks};

/// A call under way: a future for any executor, such as `wasm_bindgen_futures::spawn_local`, that of
/// Yew or of Leptos. Borrows nothing, and is not [`Send`], as nothing of the browser's is.
///
/// Dropping it stops it: a request is called off, a window closed. Two things go on, because others may
/// be waiting for them: `handle_redirect_callback` and `check_session`.
#[must_use = "a call does nothing until it is awaited"]
pub struct Call<T> {
    state: State<T>,
}

type Slot<T> = Rc<RefCell<Option<Result<T, Error>>>>;

enum State<T> {
    /// Nobody has awaited it yet; `None` only while it starts.
    Prepared(Option<Started<T>>),
    Running {
        ended: JsFuture,
        result: Slot<T>,
        _guard: TaskGuard,
    },
}

/// Ends a task that nobody waits for any more.
struct TaskGuard(SpawnedTask);

impl Drop for TaskGuard {
    fn drop(&mut self) {
        Browser.cancel(&self.0);
    }
}

impl<T: 'static> Call<T> {
    /// A call whose result `read` converts.
    pub(super) fn new<U: 'static>(
        started: Started<U>,
        read: impl FnOnce(U) -> Result<T, Error> + 'static,
    ) -> Self {
        let started = started.map(|future| -> LocalBoxFuture<Result<T, Error>> {
            Box::pin(async move { read(future.await?) })
        });
        Self { state: State::Prepared(Some(started)) }
    }
}

impl<T: 'static> State<T> {
    fn run(future: LocalBoxFuture<Result<T, Error>>) -> Self {
        let result = Slot::default();
        let slot = result.clone();
        let task = Browser.spawn(Box::pin(async move {
            let ended = future.await;
            slot.replace(Some(ended));
        }));
        Self::Running { ended: task.ended().into(), result, _guard: TaskGuard(task) }
    }
}

impl<T: 'static> Future for Call<T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if let State::Prepared(started) = &mut self.state {
            match started.take() {
                Some(Ok(future)) => self.state = State::run(future),
                Some(Err(error)) => return Poll::Ready(Err(error)),
                None => return Poll::Pending,
            }
        }
        let State::Running { ended, result, .. } = &mut self.state else {
            return Poll::Pending;
        };
        let ended = Pin::new(ended).poll(context);
        ended.map(|_| result.take().unwrap_or_else(|| Err(unexpected_failure())))
    }
}

impl<T> std::fmt::Debug for Call<T> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Call")
    }
}
