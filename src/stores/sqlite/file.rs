//! The store's file: where it is, how it is made and opened. Nothing is made before someone writes.
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::migrate;
use super::read::SqliteReader;
use super::write::SqliteWriter;
use crate::stores::{Place, Reader, Store, StoreError, Writer};

/// How long a transaction waits for another's.
const PATIENCE: Duration = Duration::from_secs(10);

/// Statements kept compiled per connection.
const STATEMENTS: usize = 64;

/// A store in a file.
#[derive(Clone, Debug)]
pub(super) struct SqliteStore {
    path: PathBuf,
    create: bool,
}

/// Opens the file; with `create`, a missing one is made when it is first used.
///
/// # Errors
/// It is missing and must not be made, is no store, is a later release's, or cannot be read.
pub(super) fn open(place: &Place, create: bool) -> Result<Arc<dyn Store>, StoreError> {
    let Place::File(path) = place else {
        let reason = "SQLite keeps a file".into();
        return Err(StoreError::Open { place: format!("{place:?}"), reason });
    };
    let store = SqliteStore { path: path.clone(), create };
    if !create || path.exists() {
        store.current_for_reading()?;
    }
    Ok(Arc::new(store))
}

/// Opens the file to read it. One of an earlier release is copied into `scratch` and the copy brought up to date.
///
/// # Errors
/// As [`open`], or it cannot be copied.
pub(super) fn look(place: &Place, scratch: &Path) -> Result<Arc<dyn Store>, StoreError> {
    let Place::File(path) = place else { return open(place, false) };
    let store = SqliteStore { path: path.clone(), create: false };
    if !path.exists() {
        return Err(store.unopened(&"there is no such file"));
    }
    let connection = store.read_connection()?;
    if migrate::is_current(&connection, &store.place()).map_err(|error| store.explain(error))? {
        return Ok(Arc::new(store));
    }
    let copy = scratch.join("copy.db");
    connection.execute("VACUUM INTO ?1", [copy.to_string_lossy()]).map_err(|error| store.unopened(&error))?;
    open(&Place::File(copy), false)
}

impl Store for SqliteStore {
    fn writer(&self) -> Result<Box<dyn Writer>, StoreError> {
        Ok(Box::new(SqliteWriter::new(self.current_for_writing()?)))
    }

    fn reader(&self) -> Result<Box<dyn Reader>, StoreError> {
        Ok(Box::new(SqliteReader::new(self.clone(), self.current_for_reading()?)))
    }

    fn place(&self) -> String {
        self.path.display().to_string()
    }
}

impl SqliteStore {
    /// A connection to a file of this release's schema: made where it is missing, brought up to date where it is old.
    /// Looked at each time, since another process may be making it just now.
    fn current_for_writing(&self) -> Result<Connection, StoreError> {
        if !self.path.exists() {
            if !self.create {
                return Err(self.unopened(&"there is no store yet; `proto run` makes one"));
            }
            make_folder(&self.path).map_err(|error| self.unopened(&error))?;
        }
        let mut connection = self.write_connection()?;
        migrate::migrate(&mut connection, &self.place()).map_err(|error| self.explain(error))?;
        Ok(connection)
    }

    pub(super) fn current_for_reading(&self) -> Result<Connection, StoreError> {
        if self.path.exists() {
            let connection = self.read_connection()?;
            if migrate::is_current(&connection, &self.place()).map_err(|error| self.explain(error))? {
                return Ok(connection);
            }
        }
        self.current_for_writing()?;
        self.read_connection()
    }

    fn write_connection(&self) -> Result<Connection, StoreError> {
        let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        flags.set(OpenFlags::SQLITE_OPEN_CREATE, self.create);
        let connection =
            Connection::open_with_flags(&self.path, flags).map_err(|error| self.unopened(&error))?;
        patiently(|| prepare_writing(&connection)).map_err(|error| self.unopened(&error))?;
        Ok(connection)
    }

    fn read_connection(&self) -> Result<Connection, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let opened = patiently(|| Connection::open_with_flags(&self.path, flags).and_then(prepare_reading))
            .or_else(|error| {
                // A WAL file in a folder that cannot be written has nowhere to put its shared memory.
                if error.sqlite_error_code() != Some(ErrorCode::CannotOpen) {
                    return Err(error);
                }
                let flags = flags | OpenFlags::SQLITE_OPEN_URI;
                Connection::open_with_flags(immutable_uri(&self.path), flags).and_then(prepare_reading)
            });
        opened.map_err(|error| self.unopened(&error))
    }

    /// What failed while opening is said as such.
    fn explain(&self, error: StoreError) -> StoreError {
        if let StoreError::Failed(reason) = error { self.unopened(&reason) } else { error }
    }

    fn unopened(&self, reason: &dyn std::fmt::Display) -> StoreError {
        StoreError::Open { place: self.place(), reason: reason.to_string() }
    }
}

/// Tries again while another process makes the file: SQLite does not wait by itself where it changes the journal's mode.
fn patiently<T>(work: impl Fn() -> rusqlite::Result<T>) -> rusqlite::Result<T> {
    const PAUSE: Duration = Duration::from_millis(10);
    let is_busy = |result: &rusqlite::Result<T>| {
        let code = result.as_ref().err().and_then(rusqlite::Error::sqlite_error_code);
        code == Some(ErrorCode::DatabaseBusy)
    };
    for _ in 0..PATIENCE.as_millis() / PAUSE.as_millis() {
        let result = work();
        if !is_busy(&result) {
            return result;
        }
        std::thread::sleep(PAUSE);
    }
    work()
}

/// Statements are prepared once. Without this guarantee SQLite plans one anew whenever a bound value might matter to
/// its statistics, and every page of a sweep paid for that.
fn prepare_once(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map(drop)
}

/// Group commits survive a crash of the program with NORMAL, and of the machine but for the last of them.
fn prepare_writing(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(PATIENCE)?;
    prepare_once(connection)?;
    connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "normal")?;
    // 16 MB: pages of the hash tables, hit at random, are written back once instead of every few appends.
    connection.pragma_update_and_check(None, "wal_autocheckpoint", 4_096, |_| Ok(()))?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "cache_size", -32_768)
}

fn prepare_reading(connection: Connection) -> rusqlite::Result<Connection> {
    connection.busy_timeout(PATIENCE)?;
    prepare_once(&connection)?;
    // 4 MB: readers go through the file once, from front to back.
    connection.pragma_update(None, "cache_size", -4_096)?;
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    Ok(connection)
}

/// The folder the store lies in; `.proto` keeps itself out of version control.
fn make_folder(path: &Path) -> std::io::Result<()> {
    let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) else { return Ok(()) };
    std::fs::create_dir_all(folder)?;
    let ignore = folder.join(".gitignore");
    if folder.file_name().is_some_and(|name| name == ".proto") && !ignore.exists() {
        std::fs::write(ignore, "*\n")?;
    }
    Ok(())
}

/// The URI of a file nobody writes, its special characters escaped.
fn immutable_uri(path: &Path) -> String {
    let text = path.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    format!("file:{text}?immutable=1")
}
