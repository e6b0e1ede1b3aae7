--- The service without a module: what is started is said by its own keys, or by its image.
return {
  summary = "A service without a module: `image`, `command`, `wait` and the other keys say it all.",
  names = { "generic", "generic_container", "alpine", "testcontainers" },
}
