//! Runs our futures as JavaScript's promises.
//!
//! Much smaller than the general executor: whatever a task waits for is a promise, and `effects.js`
//! waits for that. A step polls the task's future up to the next promise; the leaf of every future here
//! names that promise, and finds the answer at the next step.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use web_sys::AbortSignal;

use super::effects::{run, wait_for};
use super::values::to_thrown;
use crate::error::{Error, ErrorCode};

/// What a promise is made of: one type for all, so that there is one copy of what drives it.
pub(crate) type Boxed = Pin<Box<dyn Future<Output = Result<JsValue, Error>>>>;

/// A task that waits.
struct Task {
    number: u32,
    future: Boxed,
    /// The caller's word to stop.
    signal: Option<AbortSignal>,
}

thread_local! {
    static WAITING: RefCell<Vec<Task>> = const { RefCell::new(Vec::new()) };
    /// How many tasks there have been.
    static STARTED: Cell<u32> = const { Cell::new(0) };
    /// What has come of the promise that the task waited for, until its leaf takes it.
    static ANSWER: RefCell<Option<Result<JsValue, JsValue>>> = const { RefCell::new(None) };
    static STEP: Function = Closure::<dyn Fn(u32, bool, JsValue) -> Result<JsValue, JsValue>>::new(step)
        .into_js_value()
        .unchecked_into();
}

/// Starts a future now, up to the first promise that it awaits, and promises what it brings. An
/// error becomes plain data.
pub(crate) fn promise(future: Result<Boxed, Error>) -> Promise {
    abortable(future, None)
}

/// The same; once the signal says stop, the future is dropped, with all that it had under way, and
/// the promise rejects.
pub(crate) fn abortable(future: Result<Boxed, Error>, signal: Option<AbortSignal>) -> Promise {
    begin(future, signal).0
}

fn begin(future: Result<Boxed, Error>, signal: Option<AbortSignal>) -> (Promise, u32) {
    let number = STARTED.get().wrapping_add(1);
    STARTED.set(number);
    let listened = signal.clone();
    let result = match future {
        Ok(future) => poll(Task { number, future, signal }),
        Err(error) => Some(Err(error)),
    };
    let promise = match result {
        None => STEP.with(|step| run(step, number, listened.as_ref())),
        Some(Ok(value)) => Promise::resolve(&value),
        Some(Err(error)) => Promise::reject(&to_thrown(&error)),
    };
    (promise, number)
}

/// Starts a future that is dropped with what this also brings.
#[cfg(feature = "client")]
pub(crate) fn start(future: Result<Boxed, Error>) -> (Promise, Started) {
    let (promise, number) = begin(future, None);
    (promise, Started(number))
}

/// A task that somebody may lose interest in.
#[cfg(feature = "client")]
pub(crate) struct Started(u32);

#[cfg(feature = "client")]
impl Drop for Started {
    fn drop(&mut self) {
        drop(take(self.0));
    }
}

/// Takes a task out, so that nothing is borrowed while it runs or is dropped.
fn take(number: u32) -> Option<Task> {
    WAITING.with_borrow_mut(|waiting| {
        let index = waiting.iter().position(|task| task.number == number)?;
        Some(waiting.swap_remove(index))
    })
}

/// Polls a task once more, which the answer to its promise has arrived for.
fn step(number: u32, fulfilled: bool, answer: JsValue) -> Result<JsValue, JsValue> {
    ANSWER.set(Some(if fulfilled { Ok(answer) } else { Err(answer) }));
    match take(number).and_then(poll) {
        Some(result) => result.map_err(|error| to_thrown(&error)),
        None => Ok(JsValue::UNDEFINED),
    }
}

/// What a task brings; nothing as long as it waits.
fn poll(mut task: Task) -> Option<Result<JsValue, Error>> {
    let is_aborted = |task: &Task| task.signal.as_ref().is_some_and(AbortSignal::aborted);
    let mut polled = Poll::Pending;
    // Whoever runs inside it may say stop as well, hence the second look.
    if !is_aborted(&task) {
        polled = task.future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    }
    match polled {
        Poll::Ready(result) => Some(result),
        Poll::Pending if is_aborted(&task) => {
            wait_for(&JsValue::UNDEFINED);
            Some(Err(aborted()))
        }
        Poll::Pending => {
            WAITING.with_borrow_mut(|waiting| waiting.push(task));
            None
        }
    }
}

/// The refusal of what the caller's signal has stopped.
pub(crate) fn aborted() -> Error {
    Error::new(ErrorCode::Aborted, "the caller's `signal` stopped this")
}

/// Waits for a promise; in a task alone, and awaited at once.
#[expect(clippy::needless_pass_by_value, reason = "whoever awaits this need not keep it")]
pub(crate) fn settled(promise: Promise) -> impl Future<Output = Result<JsValue, JsValue>> {
    // What another promise has left is none of ours.
    ANSWER.take();
    wait_for(&promise);
    poll_fn(|_| ANSWER.take().map_or(Poll::Pending, Poll::Ready))
}
