//! Runs Rust futures as JavaScript promises; implements the port [`Tasks`], with `tasks.js`.
//!
//! Smaller than wasm-bindgen's own executor (by 1,821 bytes of brotli): whatever a task waits for is a promise, and
//! `tasks.js` awaits that promise. A step polls the task's future up to the next promise. The leaf of every future here,
//! [`PromiseFuture`], names the promise and finds its result at the next step.

use std::cell::{Cell, RefCell};
use std::ops::Deref;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use web_sys::{AbortController, AbortSignal};

use super::Browser;
use super::values::to_thrown;
use crate::error::{Error, ErrorCode};
use crate::platform::{LocalBoxFuture, Tasks};

#[wasm_bindgen(module = "/src/js/platform/tasks.js")]
extern "C" {
    #[wasm_bindgen(js_name = waitFor)]
    fn wait_for(promise: &JsValue);
    fn drive(step: &Function, task: u32, signal: Option<&AbortSignal>) -> Promise;
    #[wasm_bindgen(js_name = createAbortController)]
    fn create_abort_controller() -> AbortController;
}

/// The future of a task. One type for all tasks, so that one copy of the executor drives them.
pub(crate) type TaskFuture = LocalBoxFuture<Result<JsValue, Error>>;

/// A task that waits for a promise.
struct Task {
    number: u32,
    future: TaskFuture,
    /// The caller's signal, which ends the task.
    signal: Option<AbortSignal>,
}

thread_local! {
    static WAITING: RefCell<Vec<Task>> = const { RefCell::new(Vec::new()) };
    /// How many tasks there have been.
    static STARTED: Cell<u32> = const { Cell::new(0) };
    /// The result of the promise that a task waited for, until its leaf takes it.
    static RESULT: RefCell<Option<Result<JsValue, JsValue>>> = const { RefCell::new(None) };
    static STEP: Function = Closure::<dyn Fn(u32, bool, JsValue) -> Result<JsValue, JsValue>>::new(step)
        .into_js_value()
        .unchecked_into();
}

/// Starts a future now, up to the first promise that it awaits. Returns a promise of its output. An error becomes plain
/// data.
#[cfg(any(test, not(feature = "client")))]
pub(crate) fn to_promise(future: Result<TaskFuture, Error>) -> Promise {
    to_abortable_promise(future, None)
}

/// The same with a signal. When the signal is aborted, the future is dropped with everything that it has under way, and the
/// promise rejects.
#[cfg(any(test, not(feature = "client")))]
pub(crate) fn to_abortable_promise(
    future: Result<TaskFuture, Error>,
    signal: Option<AbortSignal>,
) -> Promise {
    start(next_number(), future, signal)
}

fn next_number() -> u32 {
    let number = STARTED.get().wrapping_add(1);
    STARTED.set(number);
    number
}

fn start(number: u32, future: Result<TaskFuture, Error>, signal: Option<AbortSignal>) -> Promise {
    let listened = signal.clone();
    let result = match future {
        Ok(future) => poll(Task { number, future, signal }),
        Err(error) => Some(Err(error)),
    };
    match result {
        None => STEP.with(|step| drive(step, number, listened.as_ref())),
        Some(Ok(value)) => Promise::resolve(&value),
        Some(Err(error)) => Promise::reject(&to_thrown(&error)),
    }
}

/// Takes a task out, so that nothing is borrowed while it runs or is dropped.
fn take(number: u32) -> Option<Task> {
    WAITING.with_borrow_mut(|waiting| {
        let index = waiting.iter().position(|task| task.number == number)?;
        Some(waiting.swap_remove(index))
    })
}

/// Polls a task once more, because its promise has settled.
fn step(number: u32, fulfilled: bool, result: JsValue) -> Result<JsValue, JsValue> {
    RESULT.set(Some(if fulfilled { Ok(result) } else { Err(result) }));
    match take(number).and_then(poll) {
        Some(output) => output.map_err(|error| to_thrown(&error)),
        None => Ok(JsValue::UNDEFINED),
    }
}

/// The output of a task; `None` as long as it waits.
fn poll(mut task: Task) -> Option<Result<JsValue, Error>> {
    let is_aborted = |task: &Task| task.signal.as_ref().is_some_and(AbortSignal::aborted);
    let mut polled = Poll::Pending;
    // The code that runs inside may abort as well, hence the second look.
    if !is_aborted(&task) {
        polled = task.future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    }
    match polled {
        Poll::Ready(output) => Some(output),
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

/// The refusal after the caller's signal was aborted.
pub(crate) fn aborted() -> Error {
    Error::new(ErrorCode::Aborted, "the caller's `signal` stopped this")
}

/// Waits for a promise and converts its result. Works in a task alone, and must be awaited at once.
///
/// The one leaf of all futures here. It is a plain struct because every `async` block in its place would be a state machine
/// of its own.
pub(crate) struct PromiseFuture<T> {
    convert: fn(Result<JsValue, JsValue>) -> T,
    /// What ends with the wait.
    _guard: Option<AbortGuard>,
}

impl<T> PromiseFuture<T> {
    pub(crate) fn new(promise: &Promise, convert: fn(Result<JsValue, JsValue>) -> T) -> Self {
        // The result of another promise does not belong to this one.
        RESULT.take();
        wait_for(promise);
        Self { convert, _guard: None }
    }

    /// The same for a promise that `guard` ends.
    pub(crate) fn guarded(
        guard: AbortGuard,
        promise: &Promise,
        convert: fn(Result<JsValue, JsValue>) -> T,
    ) -> Self {
        Self { _guard: Some(guard), ..Self::new(promise, convert) }
    }
}

impl<T> Future for PromiseFuture<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<T> {
        RESULT.take().map_or(Poll::Pending, |result| Poll::Ready((self.convert)(result)))
    }
}

/// A task that [`Browser`] has spawned.
#[derive(Clone)]
pub(crate) struct SpawnedTask {
    number: u32,
    ended: Promise,
}

#[cfg(feature = "client")]
impl SpawnedTask {
    /// A promise that resolves when the task has ended.
    pub(crate) fn ended(&self) -> Promise {
        self.ended.clone()
    }
}

impl Tasks for Browser {
    type Task = SpawnedTask;

    fn spawn(&self, future: LocalBoxFuture<()>) -> SpawnedTask {
        let number = next_number();
        let future: TaskFuture = Box::pin(async {
            future.await;
            Ok(JsValue::UNDEFINED)
        });
        SpawnedTask { number, ended: start(number, Ok(future), None) }
    }

    fn ended(&self, task: &SpawnedTask) -> impl Future<Output = ()> {
        PromiseFuture::new(&task.ended, |_| ())
    }

    fn cancel(&self, task: &SpawnedTask) {
        drop(take(task.number));
    }
}

/// Ends what was begun with its controller when it is dropped.
pub(crate) struct AbortGuard(AbortController);

impl AbortGuard {
    pub(crate) fn new() -> Self {
        Self(create_abort_controller())
    }
}

impl Deref for AbortGuard {
    type Target = AbortController;

    fn deref(&self) -> &AbortController {
        &self.0
    }
}

impl Drop for AbortGuard {
    fn drop(&mut self) {
        self.0.abort();
    }
}
