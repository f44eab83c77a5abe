//! Takes a response out of the page's address (RFC 9700 4.3.2).

use crate::platform::{Clock, Navigation, Tasks};

/// How often a replacement that the browser ignored is tried again. Chromium ignores pages that replace their address too
/// often, for some seconds.
const MAX_ATTEMPTS: u32 = 60;

/// How long to wait before the next attempt, in milliseconds.
const RETRY_MS: f64 = 500.0;

/// Puts `url` into the address bar and the history entry. Where the browser ignores that, keeps trying in the background
/// until the address has changed.
pub(crate) fn replace<P>(platform: &P, url: &str)
where
    P: Clock + Navigation + Tasks + Clone + 'static,
{
    let before = platform.address();
    platform.replace_address(url);
    if platform.address() != before {
        return;
    }
    let (platform, url) = (platform.clone(), url.to_owned());
    platform.clone().spawn(Box::pin(async move {
        for _ in 0..MAX_ATTEMPTS {
            platform.sleep(RETRY_MS).await;
            if platform.address() != before {
                return;
            }
            platform.replace_address(&url);
        }
    }));
}
