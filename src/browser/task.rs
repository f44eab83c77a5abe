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

use super::values::to_thrown;
use crate::error::Error;

/// What a promise is made of: one type for all, so that there is one copy of what drives it.
pub(crate) type Boxed = Pin<Box<dyn Future<Output = Result<JsValue, Error>>>>;

/// A running task: its future, until that has ended, and the promise's two ends.
struct Task {
    future: RefCell<Option<Boxed>>,
    resolve: Function,
    reject: Function,
}

thread_local! {
    /// Told of what ends a task in the middle: a trap, or an exception of the platform where none was
    /// expected. Nothing else would ever settle its promise.
    static FAILED: RefCell<Option<Function>> = const { RefCell::new(None) };
    /// The task that is being polled, for the promises that it comes to await.
    static CURRENT: RefCell<Option<Rc<Task>>> = const { RefCell::new(None) };
}

/// Names whom to tell when a task ends in the middle.
pub(crate) fn on_failure(failed: Function) {
    FAILED.set(Some(failed));
}

/// Starts a future now, up to the first promise that it awaits, and promises what it brings. An
/// error becomes plain data.
pub(crate) fn promise(future: Boxed) -> Promise {
    let mut future = Some(future);
    Promise::new(&mut |resolve, reject| {
        step(&Rc::new(Task { future: RefCell::new(future.take()), resolve, reject }));
    })
}

fn step(task: &Rc<Task>) {
    // Taken out while it runs, so that nothing is borrowed meanwhile.
    let Some(mut future) = task.future.take() else {
        return;
    };
    let outer = CURRENT.replace(Some(task.clone()));
    let polled = future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    CURRENT.set(outer);
    let (settle, value) = match polled {
        Poll::Pending => {
            task.future.replace(Some(future));
            return;
        }
        Poll::Ready(Ok(value)) => (&task.resolve, value),
        Poll::Ready(Err(error)) => (&task.reject, to_thrown(&error)),
    };
    let _ = settle.call1(&JsValue::UNDEFINED, &value);
}

/// Waits for a promise.
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
