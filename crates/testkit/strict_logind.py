"""A template for python-dbusmock: a logind that grants to block `idle` only."""

import os

import dbus
from dbusmock import mockobject
from gi.repository import GLib

BUS_NAME = "org.freedesktop.login1"
MAIN_OBJ = "/org/freedesktop/login1"
MAIN_IFACE = "org.freedesktop.login1.Manager"
SYSTEM_BUS = True


def load(mock, parameters):
    mockobject.inhibitors = []


@dbus.service.method(MAIN_IFACE, in_signature="ssss", out_signature="h")
def Inhibit(self, what, who, why, mode):
    if "sleep" in what:
        raise dbus.exceptions.DBusException(
            "Permission denied", name="org.freedesktop.DBus.Error.AccessDenied"
        )
    reading, writing = os.pipe()
    inhibitor = (what, who, why, mode, 1000, 123456)
    mockobject.inhibitors.append(inhibitor)

    def dropped(descriptor, condition):
        os.close(descriptor)
        mockobject.inhibitors.remove(inhibitor)
        return False

    GLib.unix_fd_add_full(GLib.PRIORITY_HIGH, reading, GLib.IO_HUP, dropped)
    GLib.idle_add(os.close, writing)
    return writing


@dbus.service.method(MAIN_IFACE, in_signature="", out_signature="a(ssssuu)")
def ListInhibitors(self):
    return dbus.Array(mockobject.inhibitors, signature="(ssssuu)")
