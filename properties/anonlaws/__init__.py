"""What must hold: laws stated once as plain functions, and the engines that sample, exhaust and prove them."""
