import sys

from trail.cli import main

sys.exit(main(sys.argv[1:]))
