//! Runs our futures as JavaScript's promises, and awaits JavaScript's promises in our futures.
//!
//! Much smaller than the general executor: everything that a task waits for is a promise, whose
//! callback comes from the microtask queue, so that it can go on there and then, and needs no queue
//! and no waker of its own.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use web_sys::AbortSignal;

use super::values::to_thrown;
use crate::error::{Error, ErrorCode};

/// What a promise is made of: one type for all, so that there is one copy of what drives it.
pub(crate) type Boxed = Pin<Box<dyn Future<Output = Result<JsValue, Error>>>>;

/// A running task: its future, until that has ended, and the promise's two ends.
struct Task {
    future: RefCell<Option<Boxed>>,
    resolve: Function,
    reject: Function,
    /// The caller's word to stop, and who listens to it until the task has ended.
    signal: Option<AbortSignal>,
    listener: RefCell<Option<Closure<dyn FnMut()>>>,
}

thread_local! {
    /// Told of what ends a task in the middle: a trap, or an exception of the platform where none was
    /// expected. Nothing else would ever settle its promise.
    static FAILED: RefCell<Option<Function>> = const { RefCell::new(None) };
    /// The task that is being polled, for the promises that it comes to await.
    static CURRENT: RefCell<Option<Rc<Task>>> = const { RefCell::new(None) };
}

/// Names whom to tell when a task ends in the middle.
#[cfg(not(feature = "client"))]
pub(crate) fn on_failure(failed: Function) {
    FAILED.set(Some(failed));
}

/// Starts a future now, up to the first promise that it awaits, and promises what it brings. An
/// error becomes plain data.
pub(crate) fn promise(future: Result<Boxed, Error>) -> Promise {
    abortable(future, None)
}

/// The same; once the signal says stop, the future is dropped, with all that it had under way, and
/// the promise rejects at once.
pub(crate) fn abortable(future: Result<Boxed, Error>, signal: Option<AbortSignal>) -> Promise {
    let mut given = Some((future, signal));
    Promise::new(&mut |resolve, reject| {
        let Some((future, signal)) = given.take() else {
            return;
        };
        match future {
            Ok(future) => {
                let (future, listener) = (RefCell::new(Some(future)), RefCell::default());
                let task = Rc::new(Task { future, resolve, reject, signal, listener });
                listen(&task);
                step(&task);
            }
            Err(error) => settle(&reject, &to_thrown(&error)),
        }
    })
}

fn listen(task: &Rc<Task>) {
    if let Some(signal) = &task.signal {
        let listening = task.clone();
        let listener = Closure::new(move || step(&listening));
        let callback = listener.as_ref().unchecked_ref();
        let _ = signal.add_event_listener_with_callback("abort", callback);
        task.listener.replace(Some(listener));
    }
}

fn step(task: &Rc<Task>) {
    // Taken out while it runs, so that nothing is borrowed meanwhile.
    let Some(mut future) = task.future.take() else {
        return;
    };
    let outer = CURRENT.replace(Some(task.clone()));
    let mut polled = Poll::Pending;
    // Whoever runs inside it may say stop as well, hence the second look.
    if !is_aborted(task) {
        polled = future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    }
    CURRENT.set(outer);
    let result = match polled {
        Poll::Ready(result) => result,
        Poll::Pending if is_aborted(task) => Err(aborted()),
        Poll::Pending => {
            task.future.replace(Some(future));
            return;
        }
    };
    drop(future);
    let listener = task.listener.take();
    if let (Some(signal), Some(listener)) = (&task.signal, &listener) {
        let callback = listener.as_ref().unchecked_ref();
        let _ = signal.remove_event_listener_with_callback("abort", callback);
    }
    match result {
        Ok(value) => settle(&task.resolve, &value),
        Err(error) => settle(&task.reject, &to_thrown(&error)),
    }
}

fn settle(end: &Function, value: &JsValue) {
    let _ = end.call1(&JsValue::UNDEFINED, value);
}

fn is_aborted(task: &Task) -> bool {
    task.signal.as_ref().is_some_and(AbortSignal::aborted)
}

/// The refusal of what the caller's signal has stopped.
pub(crate) fn aborted() -> Error {
    Error::new(ErrorCode::Aborted, "the caller's `signal` stopped this")
}

/// Waits for a promise. Who stops waiting is kept until the promise settles, so each has to settle some
/// time.
pub(crate) fn settled(promise: &Promise) -> Settled {
    let slot = Rc::new(RefCell::new(Slot::default()));
    Settled { slot, promise: promise.clone() }
}

/// The future of [`settled`].
pub(crate) struct Settled {
    slot: Rc<RefCell<Slot>>,
    promise: Promise,
}

type Callback = Closure<dyn FnMut(JsValue)>;

#[derive(Default)]
struct Slot {
    result: Option<Result<JsValue, JsValue>>,
    /// Kept until one of them has been called.
    callbacks: Option<[Callback; 2]>,
}

impl Future for Settled {
    type Output = Result<JsValue, JsValue>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut slot = self.slot.borrow_mut();
        if let Some(result) = slot.result.take() {
            return Poll::Ready(result);
        }
        if slot.callbacks.is_none() {
            // Another executor than ours has a waker that does something.
            let (task, waker) = (CURRENT.with_borrow(Clone::clone), context.waker().clone());
            let callbacks = [false, true].map(|rejected| {
                let (slot, task, waker) = (self.slot.clone(), task.clone(), waker.clone());
                Closure::new(move |value| {
                    let callbacks = {
                        let mut slot = slot.borrow_mut();
                        slot.result = Some(if rejected { Err(value) } else { Ok(value) });
                        slot.callbacks.take()
                    };
                    match &task {
                        Some(task) => step(task),
                        None => waker.wake_by_ref(),
                    }
                    // Last, because this closure is one of them.
                    drop(callbacks);
                })
            });
            let [resolved, rejected] = &callbacks;
            let promise: &Thenable = self.promise.unchecked_ref();
            let gone_on = promise.then(resolved.as_ref(), rejected.as_ref());
            if let Some(failed) = FAILED.with_borrow(Clone::clone) {
                gone_on.then(&JsValue::UNDEFINED, &failed);
            }
            slot.callbacks = Some(callbacks);
        }
        Poll::Pending
    }
}

#[wasm_bindgen]
extern "C" {
    /// A promise, without `js_sys`'s types for what the callbacks take.
    type Thenable;
    #[wasm_bindgen(method)]
    fn then(this: &Thenable, resolved: &JsValue, rejected: &JsValue) -> Thenable;
}
