//! The Management API for the signed-in user: requests out, answers in, and when to try again.

pub mod request;
pub mod response;
pub mod retry;
