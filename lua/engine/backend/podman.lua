--- The Podman backend: rooms of containers by its Docker-compatible API.
---@class engine.backend.podman: engine.backend
return require("engine.backend.container").new("podman")
