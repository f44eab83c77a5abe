//! How wrong the device's clock is, and what time it is for the tenant.
//!
//! Clocks on people's devices are wrong by minutes, by an hour, by half a day. The nonce is fresh in this browser and signed by
//! the tenant, so the ID token was issued between the start of the sign-in and now. Its `iat` therefore bounds the clock's
//! error. All times of the sign-in and of its session are judged by the tenant's time.

/// Largest error of a clock that is corrected, in seconds: a day.
pub const MAX_OFFSET_SECONDS: f64 = 24.0 * 60.0 * 60.0;

/// How far the device's clock is ahead of the tenant's.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ClockOffset {
    /// Negative where the device's clock is behind.
    seconds: f64,
}

impl ClockOffset {
    /// The offset of a clock by which a sign-in began at `began_ms` and its response was there at `received_ms`, with an
    /// ID token that the tenant issued at `issued_at` (seconds since the epoch) in between.
    ///
    /// The error lies between `began - iat` and `received - iat`. Where no error at all is possible, within the leeway,
    /// the clock is right. Otherwise the smaller of the possible errors is taken.
    #[must_use]
    pub fn estimate(began_ms: f64, received_ms: f64, issued_at: f64, leeway_seconds: f64) -> Self {
        // Tenants write whole seconds, so the beginning counts from its whole second.
        let most = received_ms / 1000.0 - issued_at;
        // A clock that was set back in between counts as it is now.
        let least = ((began_ms / 1000.0).floor() - issued_at).min(most);
        let seconds = if least > leeway_seconds {
            least
        } else if most < -leeway_seconds {
            most
        } else {
            0.0
        };
        Self { seconds }
    }

    /// How far the clock is ahead, in seconds.
    #[must_use]
    pub fn seconds(self) -> f64 {
        self.seconds
    }

    /// The tenant's time, in seconds since the epoch, when the device's clock shows this.
    #[must_use]
    pub fn tenant_seconds(self, device_ms: f64) -> f64 {
        device_ms / 1000.0 - self.seconds
    }

    /// What the device's clock shows, in milliseconds since the epoch, at this time of the tenant.
    #[must_use]
    pub fn device_ms(self, tenant_seconds: f64) -> f64 {
        (tenant_seconds + self.seconds) * 1000.0
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ISSUED_AT: f64 = 1_700_000_000.0;
    const LEEWAY: f64 = 60.0;

    /// The estimate for a sign-in that takes `before` seconds up to the ID token and `after` seconds from there, on a clock
    /// that is ahead by `offset` seconds.
    fn estimate(offset: f64, before: f64, after: f64) -> ClockOffset {
        let began_ms = (ISSUED_AT - before + offset) * 1000.0;
        let received_ms = (ISSUED_AT + after + offset) * 1000.0;
        ClockOffset::estimate(began_ms, received_ms, ISSUED_AT, LEEWAY)
    }

    #[test]
    fn a_clock_within_the_leeway_is_right() {
        for offset in [-59.0, -1.0, 0.0, 1.0, 60.0] {
            assert_eq!(estimate(offset, 0.0, 0.0).seconds(), 0.0, "{offset}");
        }
    }

    #[test]
    fn a_clock_that_was_set_right_during_the_sign_in_is_right() {
        let began_ms = (ISSUED_AT + 3_600.0) * 1000.0;
        let received_ms = (ISSUED_AT + 1.0) * 1000.0;
        let clock = ClockOffset::estimate(began_ms, received_ms, ISSUED_AT, LEEWAY);
        assert_eq!(clock.seconds(), 0.0);
    }

    #[test]
    fn a_clock_beyond_the_leeway_is_corrected_in_full() {
        for offset in [-86_400.0, -3_600.0, -61.0, 61.0, 3_600.0, 86_400.0] {
            assert_eq!(estimate(offset, 0.0, 0.0).seconds(), offset);
        }
    }

    proptest! {
        #[test]
        fn a_right_clock_is_right_however_long_the_sign_in_takes(
            before in 0.0..86_400.0_f64,
            after in 0.0..86_400.0_f64,
        ) {
            prop_assert_eq!(estimate(0.0, before, after).seconds(), 0.0);
        }

        #[test]
        fn the_estimate_is_off_by_no_more_than_the_leeway_and_the_length_of_the_sign_in(
            offset in -86_400.0..86_400.0_f64,
            before in 0.0..3_600.0_f64,
            after in 0.0..86_400.0_f64,
        ) {
            let error = offset - estimate(offset, before, after).seconds();
            prop_assert!(error >= -LEEWAY - after - 1.0 && error <= LEEWAY + before + 1.0, "{error}");
        }

        #[test]
        fn times_convert_back_and_forth(offset in -86_400.0..86_400.0_f64, at in 0.0..4e9_f64) {
            let clock = estimate(offset, 0.0, 0.0);
            prop_assert!((clock.tenant_seconds(clock.device_ms(at)) - at).abs() < 1e-5);
        }
    }
}
