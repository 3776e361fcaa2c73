//! All services of the guardian, found by name or by a number that stays the
//! same while the service exists.

use std::collections::HashMap;
use std::ops::{Index, IndexMut};

use outlast_model::ServiceName;

use crate::ward::Ward;

/// A service's place. It is used again once the service has been forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct WardId(u32);

#[derive(Debug, Default)]
pub(crate) struct Wards {
    places: Vec<Option<Ward>>,
    free: Vec<WardId>,
    by_name: HashMap<ServiceName, WardId>,
    /// As they stand in the file; those that leave come last.
    order: Vec<WardId>,
}

impl Wards {
    /// Adds a service at the end; `None` when there is one of this name.
    pub(crate) fn add(&mut self, ward: Ward) -> Option<WardId> {
        if self.by_name.contains_key(ward.name()) {
            return None;
        }
        let id = self.free.pop().unwrap_or_else(|| {
            self.places.push(None);
            WardId(u32::try_from(self.places.len() - 1).expect("fewer than 2^32 services"))
        });
        self.by_name.insert(ward.name().clone(), id);
        self.order.push(id);
        self.places[id.0 as usize] = Some(ward);
        Some(id)
    }

    /// Puts the last one behind `other`.
    pub(crate) fn move_behind(&mut self, other: WardId) {
        if let Some(place) = self.order.iter().position(|id| *id == other)
            && let Some(behind) = self.order.get_mut(place + 1..)
            && !behind.is_empty()
        {
            behind.rotate_right(1);
        }
    }

    pub(crate) fn remove(&mut self, id: WardId) -> Option<Ward> {
        let ward = self.places[id.0 as usize].take()?;
        self.by_name.remove(ward.name());
        self.order.retain(|other| *other != id);
        self.free.push(id);
        Some(ward)
    }

    pub(crate) fn find(&self, name: &ServiceName) -> Option<WardId> {
        self.by_name.get(name).copied()
    }

    pub(crate) fn get(&self, id: WardId) -> Option<&Ward> {
        self.places.get(id.0 as usize)?.as_ref()
    }

    /// How many there are.
    pub(crate) const fn len(&self) -> usize {
        self.order.len()
    }

    /// All of them, in the file's order.
    pub(crate) fn ids(&self) -> Vec<WardId> {
        self.order.clone()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Ward> {
        self.order.iter().filter_map(|id| self.get(*id))
    }

    /// Puts `first` in front, in this order.
    pub(crate) fn reorder(&mut self, first: &[WardId]) {
        let rank: HashMap<WardId, usize> = first.iter().copied().zip(0..).collect();
        self.order
            .sort_by_key(|id| rank.get(id).copied().unwrap_or(usize::MAX));
    }
}

impl Index<WardId> for Wards {
    type Output = Ward;

    /// # Panics
    /// When the service has been forgotten: ids are not kept beyond a step
    /// without [`Wards::get`].
    fn index(&self, id: WardId) -> &Ward {
        self.get(id).expect("the service exists")
    }
}

impl IndexMut<WardId> for Wards {
    fn index_mut(&mut self, id: WardId) -> &mut Ward {
        self.places[id.0 as usize]
            .as_mut()
            .expect("the service exists")
    }
}
