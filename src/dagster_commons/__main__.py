from dagster_commons.cli import main

if __name__ == "__main__":
    main()
