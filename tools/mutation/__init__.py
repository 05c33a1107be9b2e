"""The parts that mutation testing breaks, and how their mutants are made and tried."""
