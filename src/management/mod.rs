//! The Management API for the signed-in user: requests, responses and retries.

pub mod request;
pub mod response;
pub mod retry;
