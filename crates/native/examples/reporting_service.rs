//! A service for the tests of Windows' service control manager: writes down how
//! it was started, and then does what its second argument says.

use std::env;
use std::fs;
use std::time::Duration;

use outlast_os::manager_link::{Conclusion, Notice, connect};

fn main() -> std::io::Result<()> {
    let (link, mut notices) = connect()?;
    let arguments: Vec<String> = env::args().skip(1).collect();
    let told = serde_json::json!({
        "arguments": arguments,
        "variable": env::var("OUTLAST_TEST_VARIABLE").ok(),
    });
    if let Some(path) = arguments.first() {
        fs::write(path, told.to_string())?;
    }
    if arguments.get(1).is_some_and(|what| what == "fail") {
        link.concluded(Conclusion::Failed(7));
        return Ok(());
    }
    link.ready()?;
    while notices.wait() == Notice::Reload {}
    link.stopping();
    link.more_time(Duration::from_secs(5));
    link.concluded(Conclusion::Well);
    Ok(())
}
