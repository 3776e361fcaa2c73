//! What the guardian is told by signals.
#![cfg(unix)]

use std::time::Duration;

use outlast_model::Signal;
use outlast_os::signals::{HostSignal, HostSignals};
use rustix::process::{Signal as Number, getpid, kill_process};

#[tokio::test]
async fn each_signal_has_its_meaning() {
    let mut signals = HostSignals::listen().expect("handlers can be installed");
    for (number, meaning) in [
        (Number::TERM, HostSignal::Terminate),
        (Number::INT, HostSignal::Terminate),
        (Number::HUP, HostSignal::Reload),
        (Number::USR1, HostSignal::Forward(Signal::Usr1)),
        (Number::QUIT, HostSignal::Forward(Signal::Quit)),
    ] {
        kill_process(getpid(), number).expect("sent to ourselves");
        let heard = tokio::time::timeout(Duration::from_secs(30), signals.next()).await;
        assert_eq!(heard.expect("it is heard in time"), meaning);
    }
}
