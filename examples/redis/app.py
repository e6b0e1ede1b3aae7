"""A small application: counts a visit in Redis, over a plain socket.  usage: app.py HOST PORT"""
import socket
import sys

with socket.create_connection((sys.argv[1], int(sys.argv[2]))) as connection:
    connection.sendall(b"INCR visits\r\n")
    print("visit", connection.makefile().readline().strip().lstrip(":"))
