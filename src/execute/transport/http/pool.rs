//! Connections kept open, by place. Holds idle ones only: a connection in use belongs to the call that uses it, and a
//! call without one opens one, so that no call waits behind another.
use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::super::settings::Settings;
use super::super::stopwatch;
use super::connection::Connection;
use super::dial::Dialler;
use super::place::Place;
use super::ramp::Ramp;
use crate::providers::Failure;

/// Every idle connection.
#[derive(Debug)]
pub(super) struct Pool {
    settings: Settings,
    dialler: Dialler,
    lanes: Mutex<HashMap<Place, Arc<Lane>>>,
}

/// The connections of one place.
pub(super) struct Lane {
    idle: Mutex<VecDeque<(Instant, Connection)>>,
    ramp: Ramp,
}

impl fmt::Debug for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lane").field("ramp", &self.ramp).finish_non_exhaustive()
    }
}

impl Pool {
    /// An empty pool.
    pub(super) fn new(settings: Settings) -> Self {
        Self { settings, dialler: Dialler::default(), lanes: Mutex::default() }
    }

    /// The lane of a place.
    pub(super) fn lane(&self, place: &Place) -> Arc<Lane> {
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lane) = lanes.get(place) {
            return lane.clone();
        }
        let ramp = Ramp::new(self.settings.dials_at_once, self.settings.dial_step);
        let lane = Arc::new(Lane { idle: Mutex::default(), ramp });
        lanes.insert(place.clone(), lane.clone());
        lane
    }

    /// A connection that is ready: an idle one, or a fresh one.
    ///
    /// # Errors
    /// None could be opened.
    pub(super) async fn connection(
        &self,
        lane: &Lane,
        place: &Place,
        deadline: Duration,
    ) -> Result<Connection, Failure> {
        if let Some(connection) = self.idle(lane).await {
            return Ok(connection);
        }
        let _turn = lane.ramp.turn().await;
        // While it waited for its turn, another call may have finished.
        match self.idle(lane).await {
            Some(connection) => Ok(connection),
            None => self.dialler.dial(place, self.settings.connect_timeout.min(deadline)).await,
        }
    }

    /// Opens a connection whatever is idle.
    ///
    /// # Errors
    /// None could be opened.
    pub(super) async fn fresh(
        &self,
        lane: &Lane,
        place: &Place,
        deadline: Duration,
    ) -> Result<Connection, Failure> {
        let _turn = lane.ramp.turn().await;
        self.dialler.dial(place, self.settings.connect_timeout.min(deadline)).await
    }

    /// Keeps a connection whose call is done, if it can be used again.
    pub(super) async fn keep(&self, lane: &Lane, mut connection: Connection) {
        if !connection.settle().await {
            return;
        }
        connection.reused = true;
        let now = stopwatch::now();
        let mut idle = lane.idle.lock().unwrap_or_else(PoisonError::into_inner);
        while idle.front().is_some_and(|(since, _)| now - *since > self.settings.idle_timeout) {
            idle.pop_front();
        }
        idle.push_back((now, connection));
    }

    /// The connection used last, if the other end has not closed it meanwhile.
    async fn idle(&self, lane: &Lane) -> Option<Connection> {
        loop {
            let (since, mut connection) =
                lane.idle.lock().unwrap_or_else(PoisonError::into_inner).pop_back()?;
            let fits = stopwatch::now() - since <= self.settings.idle_timeout;
            if fits && connection.settle().await {
                return Some(connection);
            }
        }
    }
}
