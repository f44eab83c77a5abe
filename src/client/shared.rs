//! Work that several callers wait for.

use std::cell::RefCell;
use std::rc::Rc;

use crate::error::{Error, ErrorCode};
use crate::platform::Platform;

/// A task with a result of which every waiter gets a copy. The task runs to its end whether or not anybody waits. A clone
/// is the same task.
pub(crate) struct SharedTask<P: Platform, T> {
    task: P::Task,
    result: Rc<RefCell<Option<Result<T, Error>>>>,
}

impl<P: Platform, T: Clone + 'static> SharedTask<P, T> {
    /// Starts the work now.
    pub(crate) fn start(
        platform: &P,
        work: impl Future<Output = Result<T, Error>> + 'static,
    ) -> Self {
        let result = Rc::new(RefCell::new(None));
        let slot = result.clone();
        let task = platform.spawn(Box::pin(async move {
            let ended = work.await;
            slot.replace(Some(ended));
        }));
        Self { task, result }
    }

    /// Whether the result is there.
    pub(crate) fn is_over(&self) -> bool {
        self.result.borrow().is_some()
    }

    /// Whether both are the same task.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.result, &other.result)
    }

    /// Waits for the result.
    ///
    /// # Errors
    /// The task's own error. `api_error` where the platform lost the task.
    pub(crate) async fn wait(&self, platform: &P) -> Result<T, Error> {
        if !self.is_over() {
            platform.ended(&self.task).await;
        }
        let result = self.result.borrow().clone();
        result.unwrap_or_else(|| Err(unexpected_failure()))
    }
}

impl<P: Platform, T> Clone for SharedTask<P, T> {
    fn clone(&self) -> Self {
        Self { task: self.task.clone(), result: self.result.clone() }
    }
}

/// The refusal where the platform or this library failed in a way that nobody expects.
pub(crate) fn unexpected_failure() -> Error {
    Error::new(
        ErrorCode::ApiError,
        "this library failed unexpectedly: reload the page, and report it with the steps that led here",
    )
}
